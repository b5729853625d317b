package anon

var numberEntries []entry
