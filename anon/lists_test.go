package anon_test

import "github.com/dynsync/dynsync/internal/lists"

var (
	firstNames = lists.FirstNames
	lastNames  = lists.LastNames
)
