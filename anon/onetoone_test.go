package anon_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/internal/catalog"
)

// TestOneToOneCatalog: keys are one-to-one under exactly those anonymizers that are exact
// or practically unique and not per item. A job with a checkpoint then writes no two of
// many spellings of keys to one key, and the same keys on a second night.
func TestOneToOneCatalog(t *testing.T) {
	t.Parallel()
	held := 0
	for _, spec := range catalog.All() {
		if !slices.Contains(spec.Kinds, dynsync.KindS) {
			continue
		}
		for _, more := range [][]string{nil, {"perItem"}} {
			t.Run(spec.Name+strings.Join(more, ""), func(t *testing.T) {
				tr := made(t, spec, more...)
				d := tr.(interface{ Describe() dynsync.Description }).Describe()
				unique := d.Uniqueness == dynsync.UniquenessExact || d.Uniqueness == dynsync.UniquenessPractical
				w := newWorld(t)
				w.create(t, "Keys")
				rule := dynsync.WithTransform("Id", tr)
				if d.Uniqueness == dynsync.UniquenessNone {
					rule = dynsync.WithTransform("Id", tr, dynsync.AllowCollisions())
				}
				want := unique && !d.PerItem && d.Uniqueness != dynsync.UniquenessNone
				s := w.keyed(t, rule)
				plan, err := s.Plan(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if p := plan.Tables[0]; (p.NotOneToOne == "") != want || want && d.Uniqueness == dynsync.UniquenessPractical && p.KeyBits != d.Bits {
					t.Errorf("%v, %d bits, per item %t: not one-to-one: %q, %d bits", d.Uniqueness, d.Bits, d.PerItem, p.NotOneToOne, p.KeyBits)
				}
				if want {
					held++
					w.copyKeys(t, samples[spec.Name], rule)
				}
			})
		}
	}
	if held < 6 {
		t.Errorf("%d anonymizers keep keys one-to-one", held)
	}
}

// keyed returns a job that copies the table Keys with a checkpoint.
func (w *world) keyed(t *testing.T, opts ...dynsync.TableOption) *dynsync.Syncer {
	t.Helper()
	opts = append(opts, dynsync.WithTransform("From", dynsync.Passthrough(), dynsync.Optional()))
	s, err := dynsync.New(dynsync.WithSource(w.from), dynsync.WithDestination(w.to), dynsync.WithKey(testKey),
		dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir())), dynsync.WithTable("Keys", "Keys", opts...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// copyKeys copies keys of many spellings, twice.
func (w *world) copyKeys(t *testing.T, s sample, rule dynsync.TableOption) {
	t.Helper()
	keys := map[string]bool{}
	for i := range 10 {
		text := s.text(i)
		for _, spelt := range []string{text, strings.ToUpper(text), strings.ToLower(text), " " + text, text + " ", strings.ReplaceAll(text, "-", ""), "{" + text + "}", text + "/"} {
			keys[spelt] = true
		}
	}
	for key := range keys {
		w.put(t, "Keys", map[string]any{"Id": key, "From": key})
	}
	var nights [2]map[string]string
	for i := range nights {
		report, err := w.keyed(t, rule).Sync(t.Context())
		var lost *dynsync.ItemsFailedError
		if err != nil && !errors.As(err, &lost) {
			t.Fatal(err)
		}
		r := report.Tables[0]
		nights[i] = w.keysFrom(t)
		if r.Written+r.Failed != int64(len(keys)) || r.Written < 10 || int(r.Written) != len(nights[i]) {
			t.Errorf("of %d keys, %d were written to %d", len(keys), r.Written, len(nights[i]))
		}
	}
	if fmt.Sprint(nights[0]) != fmt.Sprint(nights[1]) {
		t.Error("the keys of two nights differ")
	}
}

// keysFrom returns the key of each item of the copy by its source's.
func (w *world) keysFrom(t *testing.T) map[string]string {
	t.Helper()
	out, err := w.to.Scan(context.Background(), &dynamodb.ScanInput{TableName: ptr("Keys")})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{}
	for _, item := range out.Items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := rec.Get("Id")
		from, _ := rec.Get("From")
		keys[fmt.Sprint(from.Any())] = fmt.Sprint(id.Any())
	}
	return keys
}

// TestOneToOneSeveral: a key of several addresses is made, and one with a name fails, since
// names of different persons may become one, or with a query, which is left out.
func TestOneToOneSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "Keys")
	made, lost := []string{"a@x.org", "a@x.org,b@x.org", "<a@x.org>", `["a@x.org"]`, "mailto:a@x.org"}, []string{"ann <a@x.org>", "mailto:a@x.org?subject=x", "A@x.org, b@x.org"}
	for _, key := range slices.Concat(made, lost) {
		w.put(t, "Keys", map[string]any{"Id": key, "From": key})
	}
	report, err := w.keyed(t, dynsync.WithTransform("Id", anon.Email())).Sync(t.Context())
	var failed *dynsync.ItemsFailedError
	if !errors.As(err, &failed) || report.Tables[0].Failed != int64(len(lost)) {
		t.Fatal(err)
	}
	keys := w.keysFrom(t)
	for _, key := range made {
		if keys[key] == "" {
			t.Errorf("no item has the key of %q", key)
		}
	}
	if len(keys) != len(made) {
		t.Errorf("%d keys were made", len(keys))
	}
}
