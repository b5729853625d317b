package tagged

func testing() { fill() }
