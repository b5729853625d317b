package anon

var financeEntries []entry
