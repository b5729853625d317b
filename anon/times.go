package anon

var timeEntries []entry
