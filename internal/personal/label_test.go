package personal

import "testing"

func TestIsPhoneLabel(t *testing.T) {
	for _, text := range []string{"Tel. ", "tel:", "Phone: ", "PHONE=", "Home phone - ", "mobile no. ", "Mobile number: (", "t: ", "ph.", "cell", " (work)", " [fax]", "callto:", "WhatsApp:", "Tél. : ", "Móvil: ", "Тел.: ", "電話: ", "customer phone: ", "Office/direct "} {
		if !IsPhoneLabel(text) {
			t.Errorf("%q is no label", text)
		}
	}
	for _, text := range []string{"", " ", "- ", "Bob ", "Bob's cell ", "phone of Bob ", "order ", "a b c d ", "tel tel tel tel ", "SKU-", "phone2 ", "телефон Анны ", "phones of my dear customer "} {
		if IsPhoneLabel(text) {
			t.Errorf("%q is a label", text)
		}
	}
}
