package send

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dynsync/dynsync/internal/partiql"
)

func TestInsertStatements(t *testing.T) {
	t.Parallel()
	in := NewInsert(Config{Table: "Destination", IsName: true}).(*insert)
	head, tail := len(`INSERT INTO "Destination" VALUE {'Id':?,'':?`), len(`}`)
	fits := strings.Repeat("n", partiql.MaxStatement-head-tail)
	tests := []struct{ reason, item, statement string }{
		{"plain", `{"Id":{"S":"a"},"b":{"N":"1"}}`, `INSERT INTO "Destination" VALUE {'Id':?,'b':?}`},
		{"quotes", `{"Id":{"S":"a"},"o'c\"l\\'":{"N":"1"}}`, `INSERT INTO "Destination" VALUE {'Id':?,'o''c"l\''':?}`},
		{"escapes", `{"Id":{"S":"a"},"\u00e9\n":{"N":"1"}}`, "INSERT INTO \"Destination\" VALUE {'Id':?,'é\n':?}"},
		{"as long as can be", `{"Id":{"S":"a"},"` + fits + `":{"N":"1"}}`, `INSERT INTO "Destination" VALUE {'Id':?,'` + fits + `':?}`},
		{"too long by a byte", `{"Id":{"S":"a"},"x` + fits + `":{"N":"1"}}`, ""},
		{"too long by quotes", `{"Id":{"S":"a"},"'` + fits[1:] + `":{"N":"1"}}`, ""},
		{"a lone surrogate in a name", `{"Id":{"S":"a"},"\ud800":{"N":"1"}}`, ""},
		{"a lone surrogate in a value", `{"Id":{"S":"a"},"b":{"S":"\uDC00"}}`, ""},
	}
	for _, tt := range tests {
		st, ok := in.statement([]byte(tt.item))
		if got := aws.ToString(st.Statement); ok != (tt.statement != "") || ok && got != tt.statement {
			t.Errorf("%s: %.200s", tt.reason, got)
		}
	}
}

// TestIsThere: what the replication of the destination adds to an item makes it no other.
func TestIsThere(t *testing.T) {
	t.Parallel()
	const replication = `,"aws:rep:deleting":{"BOOL":false},"aws:rep:updateregion":{"S":"eu-west-1"}}`
	tests := []struct {
		reason         string
		wanted, stored string
		there          bool
	}{
		{"equal", `{"Id":{"S":"1"},"a":{"N":"1"}}`, `{"Id":{"S":"1"},"a":{"N":"1"}` + replication, true},
		{"another value", `{"Id":{"S":"1"},"a":{"N":"1"}}`, `{"Id":{"S":"1"},"a":{"N":"2"}` + replication, false},
		{"another attribute", `{"Id":{"S":"1"}}`, `{"Id":{"S":"1"},"a":{"N":"2"}` + replication, false},
		{"one that was copied", `{"Id":{"S":"1"},"aws:rep:updateregion":{"S":"eu-west-1"}}`, `{"Id":{"S":"1"}` + replication, true},
		{"one that was copied and is another", `{"Id":{"S":"1"},"aws:rep:updateregion":{"S":"us-east-1"}}`, `{"Id":{"S":"1"}` + replication, false},
		{"one that was copied and is not there", `{"Id":{"S":"1"},"aws:rep:updatetime":{"N":"1"}}`, `{"Id":{"S":"1"}` + replication, false},
	}
	for _, tt := range tests {
		want, err := parse([]byte(tt.wanted))
		if err != nil {
			t.Fatal(err)
		}
		if got := (&insert{Config: &Config{}}).isThere(want, []byte(tt.stored), nil); got != tt.there {
			t.Errorf("%s: %v", tt.reason, got)
		}
	}
}
