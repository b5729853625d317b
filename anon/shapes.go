package anon

var shapeEntries []entry
