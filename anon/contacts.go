package anon

var contactEntries []entry
