package tagged

func lock() { fill() }
