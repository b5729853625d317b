package cycle

func b() { _ = c }
