package fields

func loop() (n int) {
	for p := range all() {
		n += p.y
	}
	return n
}
