package tagged

func lock() {}
