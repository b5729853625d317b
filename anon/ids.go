package anon

var idEntries []entry
