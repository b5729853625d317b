package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheExample(t *testing.T) {
	var out strings.Builder
	if err := run(context.Background(), nil, &out); err != nil {
		t.Fatal(err)
	}
	_, copies, _ := strings.Cut(out.String(), "\nStageCustomers\n")
	customer, orders, _ := strings.Cut(copies, "\nStageOrders\n")
	for _, secret := range []string{"lena", "Lena", "Maier", "901820", "5550123", "1984-05-17", "10.1.2.3", "127.35"} {
		if strings.Contains(copies, secret) {
			t.Errorf("a copy holds %s:\n%s", secret, copies)
		}
	}
	name := regexp.MustCompile(`Name +(\S+) (\S+)`).FindStringSubmatch(customer)
	if name == nil || !strings.Contains(customer, "Email    "+strings.ToLower(name[1]+"."+name[2])+".") || !strings.Contains(customer, "Call "+name[1]+" at") || !strings.Contains(orders, name[2]+", "+name[1]) {
		t.Errorf("names and addresses of one person disagree:\n%s", copies)
	}
	email := regexp.MustCompile(`Email +(\S+)`).FindStringSubmatch(customer)
	if email == nil || !strings.Contains(customer, "write to "+email[1]) || !strings.Contains(customer, "CUSTOMER#"+email[1]) || strings.Count(orders, email[1]) != 3 {
		t.Errorf("orders no longer find their customer:\n%s", copies)
	}
}

func TestCheck(t *testing.T) {
	if err := run(context.Background(), []string{"-rules", "rules.yaml", "-check"}, nil); err != nil {
		t.Error(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(broken, []byte("version: 1\ntables:\n  - source: ProdUsers\n    destination: StageUsers\n    rules:\n      - {path: Email, use: emial}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run(context.Background(), []string{"-rules", broken, "-check"}, nil)
	if err == nil || !strings.Contains(err.Error(), "broken.yaml:6:") || !strings.Contains(err.Error(), "did you mean email?") {
		t.Errorf("%v", err)
	}
	if err := run(context.Background(), []string{"-rules", "rules.yaml"}, nil); err == nil || !strings.Contains(err.Error(), "-key-file") {
		t.Errorf("%v", err)
	}
}
