package anon

var placeEntries []entry
