package dynsync

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A bomb is user code that panics, and remembers where.
type bomb struct{ place string }

// arm remembers the line and the function of its caller, which panics on that line, and
// returns what to panic with.
func (b *bomb) arm() string {
	pc, file, line, _ := runtime.Caller(1)
	name := runtime.FuncForPC(pc).Name()
	b.place = fmt.Sprintf(" panicked at %s:%d (%s)", filepath.Base(file), line, name[strings.LastIndexByte(name, '/')+1:])
	return canary
}

// blast panics.
func (b *bomb) blast() { panic(b.arm()) }

// A bombed is a Go value whose own code panics.
type bombed struct{ Text string }

var decoding bomb

func (*bombed) UnmarshalDynamoDBAttributeValue(types.AttributeValue) error {
	panic(decoding.arm())
}

// Wherever user code panics, the error says in which file and line, and never with what.
func TestPanicsSayWhere(t *testing.T) {
	t.Parallel()
	text := func(fn func(string)) Transformer {
		return Func(func(_ context.Context, s string) (string, error) { fn(s); return s, nil })
	}
	rule := func(fn func(*bomb) Transformer) func(*bomb) []TableOption {
		return func(b *bomb) []TableOption { return []TableOption{WithTransform("Name", fn(b))} }
	}
	var nowhere map[string]int
	var nobody *struct{ name string }
	tests := []struct {
		where string
		table func(*bomb) []TableOption
		job   func(*bomb) []Option
	}{
		{"Func", rule(func(b *bomb) Transformer { return text(func(string) { panic(b.arm()) }) }), nil},
		{"a method that Func calls", rule(func(b *bomb) Transformer { return text(func(string) { b.blast() }) }), nil},
		{"a nil map", rule(func(b *bomb) Transformer { return text(func(s string) { b.arm(); nowhere[s] = 1 }) }), nil},
		{"a nil pointer", rule(func(b *bomb) Transformer { return text(func(string) { b.arm(); nobody.name = "" }) }), nil},
		{"an index", rule(func(b *bomb) Transformer { return text(func(s string) { b.arm(); _ = s[len(s):][:1] }) }), nil},
		{"a call of the standard library", rule(func(b *bomb) Transformer { return text(func(s string) { b.arm(); _ = strings.Repeat(s, -len(s)) }) }), nil},
		{"a panic within a deferred function", rule(func(b *bomb) Transformer {
			return text(func(string) {
				defer func() { panic(recover()) }()
				panic(b.arm())
			})
		}), nil},
		{"a FirstOf", rule(func(b *bomb) Transformer {
			return FirstOf(OnKind(KindN, Remove()), text(func(string) { panic(b.arm()) }))
		}), nil},
		{"a condition of When", rule(func(b *bomb) Transformer { return When(func(Input) bool { panic(b.arm()) }, Remove()) }), nil},
		{"names", func(b *bomb) []TableOption {
			return []TableOption{WithTransformKeys("Members", text(func(string) { panic(b.arm()) }))}
		}, nil},
		{"WithDefaultTransform", func(b *bomb) []TableOption {
			return []TableOption{WithDefaultTransform(text(func(string) { panic(b.arm()) }))}
		}, nil},
		{"WithFilter", func(b *bomb) []TableOption {
			return []TableOption{WithFilter(func(*Record) bool { panic(b.arm()) })}
		}, nil},
		{"WithRecordTransform", func(b *bomb) []TableOption {
			return []TableOption{WithRecordTransform(func(context.Context, *Record) error { panic(b.arm()) })}
		}, nil},
		{"WithOnFailure", rule(func(*bomb) Transformer { return Reject() }), func(b *bomb) []Option {
			return []Option{WithOnFailure(func(context.Context, Failure) error { panic(b.arm()) })}
		}},
		{"WithOnProgress", func(*bomb) []TableOption { return nil }, func(b *bomb) []Option {
			return []Option{WithOnProgress(func(Progress) { panic(b.arm()) })}
		}},
		{"a store of checkpoints", func(*bomb) []TableOption { return nil }, func(b *bomb) []Option {
			return []Option{WithCheckpoint(&faultyStore{fault: func(_ context.Context, method, _ string) error {
				if method == "Lease.Save" {
					panic(b.arm())
				}
				return nil
			}})}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.where, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			p.fill(t, map[string]any{"Id": "1", "Name": "Ada", "Members": map[string]any{"a": "b"}})
			var b bomb
			opts := []Option{WithTable("Source", "Destination", append(tt.table(&b), keepKey())...)}
			if tt.job != nil {
				opts = append(opts, tt.job(&b)...)
			}
			report, err := p.syncer(t, opts...).Sync(t.Context())
			if said := fmt.Sprint(err, report); b.place == "" || !strings.Contains(said, b.place) || strings.Contains(said, canary) {
				t.Errorf("it%s; said:\n%s", b.place, said)
			}
		})
	}
}

func TestPanicInADecoderSaysWhere(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "1", "Name": "Ada"})
	fn := Func(func(_ context.Context, b bombed) (string, error) { return b.Text, nil })
	_, err := p.syncer(t, WithTable("Source", "Destination", WithTransform("Name", fn))).Sync(t.Context())
	if said := fmt.Sprint(err); decoding.place == "" || !strings.Contains(said, decoding.place) || strings.Contains(said, canary) {
		t.Errorf("it%s; said:\n%s", decoding.place, said)
	}
}
