package anon_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
)

// TestJoinsSurvive copies customers and orders, which are joined by customer id
// and by e-mail address, in plain attributes, in lists, within composite keys and
// as the keys of indexes. Each pair that joined before joins after, and no other.
func TestJoinsSurvive(t *testing.T) {
	w := newWorld(t)
	w.create(t, "Customers", "Owner")
	w.create(t, "Orders", "Buyer")
	const customers, orders = 40, 160
	address := func(c int) string { return fmt.Sprintf("Person%d@Corp.test", c) }
	id := func(c int) string { return fmt.Sprintf("cust-%04d", c) }
	for c := range customers {
		w.put(t, "Customers", map[string]any{
			"Id": "CUSTOMER#" + id(c), "CustomerId": id(c), "Email": address(c), "Owner": "EMAIL#" + address(c), "Name": fmt.Sprint("Name ", c),
			"Friends": []any{address((c + 1) % customers), map[string]any{"Email": address((c + 7) % customers)}},
		})
	}
	for o := range orders {
		c := o * o % customers
		w.put(t, "Orders", map[string]any{
			"Id": fmt.Sprintf("CUSTOMER#%s#ORDER#%d", id(c), o), "Customer": map[string]any{"Id": id(c), "Contacts": []string{address(c), address((c + 1) % customers)}},
			"Buyer": address(c),
		})
	}
	customerID, email := func() dynsync.Transformer { return use(t, "token", map[string]any{"in": "customer"}) }, use(t, "email", nil)
	keep := dynsync.Passthrough
	s, err := dynsync.New(
		dynsync.WithSource(w.from), dynsync.WithDestination(w.to), dynsync.WithKey(testKey),
		dynsync.WithTable("Customers", "Customers",
			dynsync.WithTransform("CustomerId", customerID()),
			dynsync.WithTransform("Id", dynsync.Template("CUSTOMER#{CustomerId}")),
			dynsync.WithTransform("Email", email),
			dynsync.WithTransform("Owner", dynsync.Template("EMAIL#{Email}")),
			dynsync.WithTransform("Friends[0]", email),
			dynsync.WithTransform("Friends[*].Email", email),
		),
		dynsync.WithTable("Orders", "Orders",
			dynsync.WithTransform("Id", dynsync.Delimited("#", keep(), customerID(), keep(), keep())),
			dynsync.WithTransform("Customer.Id", customerID()),
			dynsync.WithTransform("Customer.Contacts", email),
			dynsync.WithTransform("Buyer", email),
		),
	)
	if err != nil {
		t.Fatal(err)
	}
	if report, err := s.Sync(t.Context()); err != nil {
		t.Fatal(err, report)
	}

	joined := map[string]map[string]string{} // by anonymized customer id: what the customer has
	for key, rec := range w.all(t, "Customers") {
		cid := get(t, rec, "CustomerId")
		if _, twice := joined[cid]; twice {
			t.Error("two customers have one id")
		}
		if key != "CUSTOMER#"+cid || get(t, rec, "Owner") != "EMAIL#"+get(t, rec, "Email") {
			t.Error("a composite key does not hold what the attribute holds")
		}
		joined[cid] = map[string]string{"Email": get(t, rec, "Email"), "Friend": get(t, rec, "Friends[0]"), "Far": get(t, rec, "Friends[1].Email")}
	}
	emails := map[string]int{}
	for _, c := range joined {
		emails[c["Email"]]++
	}
	if len(joined) != customers || len(emails) != customers {
		t.Fatalf("%d customers with %d e-mail addresses of %d", len(joined), len(emails), customers)
	}
	for _, c := range joined {
		if emails[c["Friend"]] != 1 || emails[c["Far"]] != 1 || c["Friend"] == c["Email"] {
			t.Error("an e-mail address in a list joins no customer, or the wrong one")
		}
	}
	perCustomer := map[string]int{}
	for key, rec := range w.all(t, "Orders") {
		cid, buyer := get(t, rec, "Customer.Id"), get(t, rec, "Buyer")
		c := joined[cid]
		if c == nil || c["Email"] != buyer {
			t.Errorf("an order joins no customer, or another one's address")
			continue
		}
		contacts, _ := rec.Get("Customer.Contacts")
		if set := contacts.Any().([]string); len(set) != 2 || !slices.Contains(set, buyer) || !slices.Contains(set, c["Friend"]) {
			t.Error("an e-mail address in a set joins no customer, or the wrong one")
		}
		if key[:len("CUSTOMER#"+cid+"#ORDER#")] != "CUSTOMER#"+cid+"#ORDER#" {
			t.Error("the composite key of an order does not hold its customer's id")
		}
		perCustomer[cid]++
	}
	want, got := make([]int, 0), make([]int, 0)
	before := map[int]int{}
	for o := range orders {
		before[o*o%customers]++
	}
	for _, n := range before {
		want = append(want, n)
	}
	for _, n := range perCustomer {
		got = append(got, n)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("orders by customer: %v, before %v", got, want)
	}
}

func get(t *testing.T, rec *dynsync.Record, path string) string {
	t.Helper()
	v, ok := rec.Get(path)
	if !ok {
		t.Fatalf("%v has no %s", rec, path)
	}
	text, ok := v.Text()
	if !ok {
		t.Fatalf("%s is %v", path, v)
	}
	return text
}

// TestNamesJoin copies employees, who have a first and a last name, and reviews, which
// have full names in two orders and in sets: they join as before, across tables and
// spellings.
func TestNamesJoin(t *testing.T) {
	w := newWorld(t)
	w.create(t, "Employees")
	w.create(t, "Reviews")
	firsts, lasts := []string{"Lena", "Tom", "Anna-Maria", "José", "Mia"}, []string{"Brandt", "O'Neill", "van der Berg", "Garcia Lopez"}
	for i := range 20 {
		first, last := firsts[i%5], lasts[i/5]
		w.put(t, "Employees", map[string]any{"Id": fmt.Sprint(i), "Given": first, "Family": last})
		w.put(t, "Reviews", map[string]any{"Id": fmt.Sprint(i), "Author": first + " " + last, "Sorted": strings.ToUpper(last + ", " + first), "Readers": []string{first + "  " + last}})
	}
	keep, fullName := dynsync.Passthrough(), use(t, "fullName", nil)
	s, err := dynsync.New(
		dynsync.WithSource(w.from), dynsync.WithDestination(w.to), dynsync.WithKey(testKey),
		dynsync.WithTable("Employees", "Employees", dynsync.WithTransform("Id", keep), dynsync.WithTransform("Given", use(t, "firstName", nil)), dynsync.WithTransform("Family", use(t, "lastName", nil))),
		dynsync.WithTable("Reviews", "Reviews", dynsync.WithTransform("Id", keep), dynsync.WithTransform("Author", fullName), dynsync.WithTransform("Sorted", fullName), dynsync.WithTransform("Readers", fullName)),
	)
	if err != nil {
		t.Fatal(err)
	}
	if report, err := s.Sync(t.Context()); err != nil {
		t.Fatal(err, report)
	}
	reviews := w.all(t, "Reviews")
	for id, rec := range w.all(t, "Employees") {
		first, last, review := get(t, rec, "Given"), get(t, rec, "Family"), reviews[id]
		readers, _ := review.Get("Readers")
		if get(t, review, "Author") != first+" "+last || get(t, review, "Sorted") != last+", "+first || !slices.Equal(readers.Any().([]string), []string{first + " " + last}) {
			t.Errorf("%q %q joins %v", first, last, review)
		}
	}
}
