// Package difftest holds no code but a test: it sends the same requests to
// DynamoDB Local and to the in-memory server of package dynsynctest, and
// requires equal answers.
//
// The requests are some of every operation that dynsynctest knows, chosen by
// hand at the edges and generated, from fixed seeds, in between; those that
// the tests of dynsynctest hold answers for are among them. Most are sent
// as bytes, so that both servers get the very same; some go through the SDK's
// client. Compared are status, error code, message, and result: items as
// multisets, numbers by value, sets as sets. After writes the whole tables are
// compared.
//
// Where the two may differ, a row of the table in differences_test.go says so
// and why. A row that no answer needs fails the test, so that the table is the
// list of the differences that there are.
package difftest
