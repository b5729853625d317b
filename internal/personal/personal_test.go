package personal

import "testing"

const (
	weak   = WeakLook
	strong = StrongLook
)

func TestLooks(t *testing.T) {
	for _, tt := range []struct {
		text, attribute string
		want            Look
	}{
		// E-mail addresses.
		{"USER#alice%40example.com", "", Look{Email, strong}},
		{"alice@example.com", "", Look{Email, strong}},
		{"mailto:alice@example.com?subject=x", "", Look{Email, strong}},
		{"USER#alice%2540example.com", "", Look{Email, strong}},
		{"ＵＳＥＲ＃ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "", Look{Email, strong}},
		{"al\u00adice@exam\u200bple.com", "", Look{Email, strong}},
		{"иван@пример.рф", "", Look{Email, strong}},
		{"T1~alice.b+c@mail.example.co.uk~7", "", Look{Email, strong}},
		{"<alice@example.com>", "", Look{Email, strong}},
		{`{"owner":"alice@example.com"}`, "", Look{Email, strong}},
		{"user@163.com", "", Look{Email, strong}},
		{"alice@mail-2.example.com", "", Look{Email, strong}},
		{"EMAIL#root@localhost", "", Look{Email, strong}},
		{"root@localhost", "email", Look{Email, strong}},
		{"root@localhost", "PK", Look{Email, weak}},
		{"@example.com", "", Look{}},
		{"pkg@1.2.3", "", Look{}},
		{"pkg@1.2.beta", "", Look{}},
		{"icon@2x.png", "", Look{}},

		// Phone numbers.
		{"512-555-0143", "", Look{Phone, strong}},
		{"512.555.0143", "", Look{Phone, strong}},
		{"512 555 0143", "", Look{Phone, strong}},
		{"(512) 555-0143", "", Look{Phone, strong}},
		{"(512)555-0143", "", Look{Phone, strong}},
		{"512/555-0143", "", Look{Phone, strong}},
		{"1-512-555-0143", "", Look{Phone, strong}},
		{"+1.512.555.0143", "", Look{Phone, strong}},
		{"PHONE#512.555.0143", "", Look{Phone, strong}},
		{"PHONE512-555-0143", "", Look{Phone, strong}},
		{"512.555.0143#2024-01-31T10:15:30#T1", "", Look{Phone, strong}},
		{"2024-01-31-512-555-0143", "", Look{Phone, strong}},
		{"512-555-0143-2024-01-31", "", Look{Phone, strong}},
		{"512-555-0143x12", "", Look{Phone, strong}},
		{"512\u2011555\u20110143", "", Look{Phone, strong}},
		{"512%20555%200143", "", Look{Phone, strong}},
		{"%2B15125550143", "", Look{Phone, strong}},
		{"＋４９　３０　１２３４５６", "", Look{Phone, strong}},
		{"+49 (0)171 555 01 23", "", Look{Phone, strong}},
		{"(+49) 171 5550123", "", Look{Phone, strong}},
		{"+(49) 171 5550123", "", Look{Phone, strong}},
		{"+44-20-7946-0018", "", Look{Phone, strong}},
		{"+33 6 12 34 56 78", "", Look{Phone, strong}},
		{"+86 138 1234 5678", "", Look{Phone, strong}},
		{"+15550100000", "", Look{Phone, strong}},
		{"tenant+491715550123", "", Look{Phone, strong}},
		{"SKU512-555-0143", "", Look{}},
		{"123-456-7890", "", Look{}},
		{"512-055-0143", "", Look{}},
		{"512:555:0143", "", Look{}},
		{"a512-555-0143", "", Look{}},
		{"512-555-01432", "", Look{}},
		{"7.512.555.0143", "", Look{}},
		{"+0171555012", "", Look{Phone, weak}},
		{"+999 123 456 789", "", Look{}},
		{"+1 512 555 014", "", Look{}},
		{"030 1234567", "", Look{Phone, weak}},
		{"0171-5550123", "", Look{Phone, weak}},
		{"0049 171 5550123", "", Look{}},
		{"00491715550123", "", Look{Phone, weak}},
		{"5125550143", "", Look{Digits, weak}},
		{"15125550143", "", Look{Digits, weak}},
		{"491715550123", "", Look{Digits, weak}},
		{"123456789", "", Look{Digits, weak}},

		{"1-1-1-1-1-1-1-1-1-1-1-1-1-1-512-555-0143", "", Look{Phone, strong}},
		{"1(512)555-0143", "", Look{Phone, strong}},
		{"+31 (0)20 123 4567", "", Look{Phone, strong}},
		{"+33 (0)612345678", "", Look{Phone, strong}},
		{"512)555-0143", "", Look{}},
		{"+49 - 171 5550123", "", Look{Phone, strong}},
		{"+49/171/5550123", "", Look{Phone, strong}},
		{"+4912345", "", Look{}},
		{"2024+491715550123", "", Look{Digits, weak}},
		{"+1--5125550143", "", Look{Digits, weak}},
		{"201102030405", "", Look{}},

		// What something tells of.
		{"tel 1234    5678", "", Look{}},
		{"PHONE#2024-000042", "", Look{}},
		{"PHONE#99999999", "", Look{}},
		{"2024-15-91234567", "phone", Look{Phone, strong}},
		{"USER#alice7", "", Look{}},
		{"7alice", "", Look{}},
		{"PHONE#5125550143", "", Look{Phone, strong}},
		{"PHONE#2125550143", "", Look{Phone, strong}},
		{"TEL#030 1234567", "", Look{Phone, strong}},
		{"MOBILE:0171/5550123", "", Look{Phone, strong}},
		{"USER#7#PHONE_NUMBER#01715550123#x", "", Look{Phone, strong}},
		{"tel=91234567", "", Look{Phone, strong}},
		{"PHONE#00491715550123", "", Look{Phone, strong}},
		{"5125550143", "phone", Look{Phone, strong}},
		{"01715550123", "customerPhone", Look{Phone, strong}},
		{"447911123456", "Mobile", Look{Phone, strong}},
		{"T7#5511987654321", "contact_tel", Look{Phone, strong}},
		{"5125550143", "hotel", Look{Digits, weak}},
		{"5125550143", "phonetic", Look{Digits, weak}},
		{"PHONE#1705312800", "", Look{}},
		{"PHONE#1705312800123", "", Look{}},
		{"PHONE#2024-01-15", "", Look{}},
		{"PHONE#20240115", "", Look{}},
		{"PHONE#20240115101530", "", Look{}},
		{"1705312800", "phone", Look{}},
		{"PHONE#000012345678", "", Look{}},
		{"PHONE#550e8400-e29b-41d4-a716-446655440000", "", Look{}},
		{"SSN#123456789", "", Look{SSN, strong}},
		{"123456789", "ssn", Look{SSN, strong}},
		{"SSN#900456789", "", Look{}},
		{"CARD#4111111111111111", "", Look{Card, strong}},
		{"4111111111111111", "cardNumber", Look{Card, strong}},
		{"CARD#4111111111111112", "", Look{}},
		{"NAME#alice", "", Look{Name, strong}},
		{"Alice Smith", "customerName", Look{Name, strong}},
		{"Alice", "productName", Look{Name, weak}},
		{"ITEM#alice", "", Look{Name, weak}},

		// Social security numbers.
		{"123-45-6789", "", Look{SSN, strong}},
		{"123 45 6789", "", Look{SSN, strong}},
		{"P#899-01-0001#x", "", Look{SSN, strong}},
		{"123-45-6789-x", "", Look{SSN, strong}},
		{"x-123-45-6789-2024-01-15", "", Look{SSN, strong}},
		{"2024-01-15-123-45-6789", "", Look{SSN, strong}},
		{"%31%32%33-45-6789", "", Look{SSN, strong}},
		{"123\u00a045\u00a06789", "", Look{SSN, strong}},
		{"000-45-6789", "", Look{}},
		{"666-45-6789", "", Look{}},
		{"900-45-6789", "", Look{}},
		{"123-00-6789", "", Look{}},
		{"123-45-0000", "", Look{}},
		{"978-612-45-1234-5", "", Look{}},
		{"123.45.6789", "", Look{}},
		{"123-45 6789", "", Look{}},

		// Payment cards.
		{"4111 1111 1111 1111", "", Look{Card, strong}},
		{"4111-1111-1111-1111", "", Look{Card, strong}},
		{"CARD#4111.1111.1111.1111", "", Look{Card, strong}},
		{"3782 822463 10005", "", Look{Card, strong}},
		{"3056 930902 5904", "", Look{Card, strong}},
		{"6212 3456 7890 0000 003", "", Look{Card, strong}},
		{"5555-5555-5555-4444", "", Look{Card, strong}},
		{"PAY|6011-1111-1111-1117|x", "", Look{Card, strong}},
		{"3530 1113 3330 0000", "", Look{Card, strong}},
		{"2223-0031-2200-3222", "", Look{Card, strong}},
		{"4111-1111-1111-1112", "", Look{}},
		{"1111-1111-1111-1117", "", Look{}},
		{"4111-1111 1111-1111", "", Look{}},
		{"411-11111-1111-1111", "", Look{}},
		{"4111111111111111", "", Look{Card, weak}},

		{"1234-4111-1111-1111-1111", "", Look{}},
		{"44444444444444444", "", Look{}},

		// Bank accounts.
		{"DE89370400440532013000", "", Look{IBAN, strong}},
		{"DE89 3704 0044 0532 0130 00", "", Look{IBAN, strong}},
		{"ACCOUNT#GB82WEST12345698765432#7", "", Look{IBAN, strong}},
		{"gb82west12345698765432", "", Look{IBAN, strong}},
		{"IBANDE89370400440532013000", "", Look{IBAN, strong}},
		{"DE89-3704-0044-0532-0130-00", "", Look{IBAN, strong}},
		{"FR14 2004 1010 0505 0001 3M02 606", "", Look{IBAN, strong}},
		{"MT84MALT011000012345MTLCAST001S", "", Look{IBAN, strong}},
		{"NO9386011117947", "", Look{IBAN, strong}},
		{"iban:CH9300762011623852957;x", "", Look{IBAN, strong}},
		{"DE88370400440532013000", "", Look{}},
		{"US89370400440532013000", "", Look{}},
		{"XDE89370400440532013000", "", Look{}},
		{"DE893704004405320130001", "", Look{}},

		// What is nothing.
		{"", "", Look{}},
		{"2024-01-15", "", Look{}},
		{"2024-01-15T10:15:30.123456789+01:00", "phone", Look{}},
		{"+48.8566,+2.3522", "", Look{}},
		{"+40.712776-074.005974/", "", Look{}},
		{"1.0.0-beta+20130313144700", "", Look{}},
		{"192.168.100.200", "tel", Look{}},
		{"c4ca4238a0b923820dcc509a6f75849b", "phone", Look{}},
		{"100%", "", Look{}},
		{"%", "", Look{}},
		{"%4", "", Look{}},
		{"%zz12", "", Look{}},
		{"+", "", Look{}},
		{"@", "", Look{}},
	} {
		got := LookAt([]byte(tt.text), tt.attribute)
		if got.Strength == NoLook {
			got.Kind = 0
		}
		if got != tt.want {
			t.Errorf("%q in %q looks like %v, want %v", tt.text, tt.attribute, got, tt.want)
		}
		if kind, ok := Strong([]byte(tt.text), tt.attribute); ok != (tt.want.Strength == strong) || ok && kind != tt.want.Kind {
			t.Errorf("%q in %q: %v, %v", tt.text, tt.attribute, kind, ok)
		}
	}
}
