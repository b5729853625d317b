package anon_test

import "github.com/brianvoe/gofakeit/v7/data"

var (
	firstNames = data.Person["first"]
	lastNames  = data.Person["last"]
)
