package connect_test

import (
	"context"
	"fmt"
	"os"

	"github.com/dynsync/dynsync/connect"
)

// A program tests its connection before it copies: which account it is in, and what it may
// do with two tables.
func ExampleTest() {
	ctx := context.Background()
	stage, err := connect.Open(ctx, connect.Role("arn:aws:iam::111122223333:role/stage", connect.ExternalID("dynsync-7f3a")))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	report, err := connect.Test(ctx, stage, connect.Tables("Settings"), connect.Writable("StageDb"))
	fmt.Print(report)
	if err != nil {
		fmt.Println(err)
	}
}
