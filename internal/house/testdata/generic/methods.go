package generic

func (l *list[T]) len() int { return len(l.items) }

func (p pair[K, _]) first() K { return p.key }
