//go:build poison && !windows

package tagged

func fill() { common(); poisoned++ }

var poisoned int
