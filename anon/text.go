package anon

var textEntries []entry
