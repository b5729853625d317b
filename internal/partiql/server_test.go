// Package partiql_test brings the in-process server into the tests of package
// partiql, which cannot import it: the server imports the package.
package partiql_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/partiql"
)

func init() {
	partiql.InProcess = func(t testing.TB) *dynamodb.Client {
		srv := dynsynctest.NewServer()
		t.Cleanup(srv.Close)
		return srv.Client()
	}
}
