package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// A decoder reads one page, without a network: a whole call of the client, to
// items that can be worked on.
type decoder struct {
	name string
	read func(ctx context.Context) (items int, err error)
}

// decoders returns the SDK's and dynsync's, of the same page.
func decoders(s shape) (decs []decoder, pageBytes int) {
	st := new(stub)
	client := dynamodb.New(dynamodb.Options{
		Region:       region,
		BaseEndpoint: aws.String("http://in-process"),
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
		HTTPClient:   st,
	})
	in := &dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "` + sourceTable(s, 1) + `"`)}
	reader := rawapi.NewReader(client, nil)
	var p rawapi.Page
	return []decoder{
		{"sdk", func(ctx context.Context) (int, error) {
			out, err := client.ExecuteStatement(ctx, in)
			if err != nil {
				return 0, err
			}
			return len(out.Items), nil
		}},
		{"dynsync", func(ctx context.Context) (int, error) {
			err := reader.ExecuteStatement(ctx, in, &p)
			return len(p.Items), err
		}},
	}, len(st.table(s).pages[0].body)
}

// decodeRatio returns how many times the CPU time of dynsync the SDK needs for
// a page.
func decodeRatio(s shape) (float64, error) {
	decs, _ := decoders(s)
	var cost [2]time.Duration
	for i, d := range decs {
		const pages = 10
		for range 2 { // the first warms up
			begin, err := cpuTime()
			if err != nil {
				return 0, err
			}
			for range pages {
				n, err := d.read(context.Background())
				if err != nil || n == 0 {
					return 0, fmt.Errorf("%s decoded %d items: %v", d.name, n, err)
				}
			}
			end, err := cpuTime()
			if err != nil {
				return 0, err
			}
			cost[i] = end - begin
		}
	}
	return float64(cost[0]) / float64(cost[1]), nil
}
