package embedded

func dynamic(c closer) { c.close() }
