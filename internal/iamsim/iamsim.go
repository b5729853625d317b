// Package iamsim asks an evaluator of IAM policies that others wrote, for tests: whether it
// decides as [github.com/dynsync/dynsync/internal/iam] does, and whether it knows an action.
//
// The evaluator is the npm package @cloud-copilot/iam-simulate. It is under the AGPL, and so
// it is neither imported nor shipped: npm fetches it, with what it depends on, by the versions
// and checksums of evaluator/package-lock.json into dynsync's directory under
// [os.UserCacheDir] (19 MB, once), and node runs it as a program of its own, which reads
// questions and writes answers.
//
// A test skips, saying so, where node or npm is missing or the package cannot be fetched.
// Under CI=true that is a failure.
package iamsim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/dynsync/dynsync/internal/iam"
)

const (
	// fetchTimeout bounds npm's download.
	fetchTimeout = 5 * time.Minute

	// askTimeout bounds the answers to all questions of a call. Ten thousand take some
	// seconds.
	askTimeout = 2 * time.Minute
)

//go:embed evaluator
var evaluator embed.FS

// mu lets one test of a binary fetch the evaluator while others wait.
var mu sync.Mutex

// A Question asks what is decided of a request, or, without a principal, whether the action
// is known.
type Question struct {
	Principal string `json:"principal,omitempty"` // an ARN
	Action    string `json:"action"`
	Resource  string `json:"resource,omitempty"` // an ARN, or "*"
	// Account is the one of the resource.
	Account        string              `json:"account,omitempty"`
	Context        map[string][]string `json:"context,omitempty"`
	Identity       []*iam.Document     `json:"identity,omitempty"`
	ResourcePolicy *iam.Document       `json:"resourcePolicy,omitempty"`
}

// An Answer is one to a [Question].
type Answer struct {
	Known    bool     `json:"known"`
	Decision string   `json:"decision"` // "Allowed", "ImplicitlyDenied" or "ExplicitlyDenied"
	Ignored  []string `json:"ignored"`  // keys of the context that the action does not have
	Error    string   `json:"error"`    // what is wrong with the question
}

// Ask returns the answers of the evaluator, in the order of the questions. It fails the test
// if the evaluator cannot be run, and skips it if there is none; see the package comment.
func Ask(t testing.TB, questions []Question) []Answer {
	t.Helper()
	mu.Lock()
	dir, err := home(t.Context())
	mu.Unlock()
	if err != nil {
		giveUp(t, err)
	}
	answers, err := run(t.Context(), dir, questions)
	if err != nil {
		giveUp(t, err)
	}
	if len(answers) != len(questions) {
		t.Fatalf("the evaluator gave %d answers to %d questions", len(answers), len(questions))
	}
	return answers
}

// missingError says what a machine lacks to run the evaluator.
type missingError struct{ what string }

func (e *missingError) Error() string { return e.what }

func giveUp(t testing.TB, err error) {
	t.Helper()
	if _, ok := errors.AsType[*missingError](err); ok && os.Getenv("CI") != "true" {
		t.Skipf("skipped for want of the evaluator of policies: %v", err)
	}
	t.Fatalf("the evaluator of policies: %v", err)
}

func run(ctx context.Context, dir string, questions []Question) ([]Answer, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, &missingError{fmt.Sprintf("no node to run it: %v", err)}
	}
	var in, out, problems bytes.Buffer
	e := json.NewEncoder(&in)
	for _, q := range questions {
		if err := e.Encode(q); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, filepath.Join(dir, "decide.mjs"), dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("node: %w\n%s", err, problems.Bytes())
	}
	var answers []Answer
	for d := json.NewDecoder(&out); d.More(); {
		var a Answer
		if err := d.Decode(&a); err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// home returns the directory in which the evaluator is installed, fetching it if need be. It
// is installed beside its place and renamed, so that it is there whole or not at all. Its name
// tells its files, so that another version has another place.
func home(ctx context.Context) (dir string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", &missingError{fmt.Sprintf("no place for a copy: %v", err)}
	}
	name, err := nameOfCopy()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(cache, "dynsync", name)
	if isDir(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "fetch-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	installed := filepath.Join(tmp, "home")
	if err := install(ctx, installed); err != nil {
		return "", err
	}
	if err := os.Rename(installed, dir); err != nil && !isDir(dir) { // another process may have been quicker
		return "", err
	}
	return dir, nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// install writes the files of the evaluator to a new directory and has npm add the packages,
// which it compares with the checksums of the lock.
func install(ctx context.Context, dir string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return &missingError{fmt.Sprintf("no npm to fetch it with: %v", err)}
	}
	files, err := evaluator.ReadDir("evaluator")
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		text, err := evaluator.ReadFile("evaluator/" + f.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), text, 0o644); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return &missingError{fmt.Sprintf("npm ci: %v\n%s", err, out)}
	}
	return nil
}

func nameOfCopy() (string, error) {
	files, err := evaluator.ReadDir("evaluator")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, f := range files {
		text, err := evaluator.ReadFile("evaluator/" + f.Name())
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", f.Name(), len(text), text)
	}
	return "iam-simulate-" + hex.EncodeToString(h.Sum(nil)[:8]), nil
}
