package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

// An address says how the stub server is reached.
type address struct {
	HTTP string `json:"http"`
	TLS  string `json:"tls"`
	Cert []byte `json:"cert"` // DER, self-signed
}

func (a address) url(secure bool) string {
	if secure {
		return "https://" + a.TLS
	}
	return "http://" + a.HTTP
}

// serve is the server process. It prints its address and runs until standard
// input ends. HTTP is spoken by hand: what the server costs is not measured,
// but on a busy machine it takes time from the client.
func serve() error {
	cert, der, err := selfSigned()
	if err != nil {
		return err
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := new(stub)
	go acceptAll(plain, s)
	go acceptAll(tls.NewListener(secure, &tls.Config{Certificates: []tls.Certificate{cert}}), s)
	err = json.NewEncoder(os.Stdout).Encode(address{plain.Addr().String(), secure.Addr().String(), der})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func selfSigned() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, der, err
}

func acceptAll(l net.Listener, s *stub) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if err := serveConn(c, s); !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				fmt.Fprintln(os.Stderr, "bench server:", err)
			}
		}()
	}
}

// serveConn answers the requests of a connection.
func serveConn(c net.Conn, s *stub) error {
	in := bufio.NewReaderSize(c, 64<<10)
	var head, body []byte
	for {
		op, length, err := readHead(in)
		if err != nil {
			return err
		}
		if discards(op) {
			_, err = in.Discard(length)
		} else {
			body = append(body[:0], make([]byte, length)...)
			_, err = io.ReadFull(in, body)
		}
		if err != nil {
			return err
		}
		a, err := s.answer(op, body)
		if err != nil {
			return err
		}
		head = appendHead(head[:0], a)
		if err := send(c, head, a); err != nil {
			return err
		}
	}
}

// send writes a response with as few calls as the connection allows.
func send(c net.Conn, head []byte, a answer) error {
	if len(a.shared) == 0 {
		_, err := c.Write(append(head, a.tail...))
		return err
	}
	parts := net.Buffers{head, a.shared, a.tail}
	_, err := parts.WriteTo(c)
	return err
}

func appendHead(dst []byte, a answer) []byte {
	dst = append(dst, "HTTP/1.1 200 OK\r\nServer: Server\r\nDate: "...)
	dst = time.Now().UTC().AppendFormat(dst, http.TimeFormat)
	dst = append(dst, "\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amzn-Requestid: BENCHBENCHBENCHBENCHBENCHBENCHBENCHBENCHBENCHBENCHBE\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(a.shared)+len(a.tail)), 10)
	dst = append(dst, "\r\nX-Amz-Crc32: "...)
	dst = strconv.AppendUint(dst, uint64(a.sum), 10)
	return append(dst, "\r\n\r\n"...)
}

// readHead reads a request up to its body.
func readHead(in *bufio.Reader) (op string, length int, err error) {
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			if first && errors.Is(err, io.EOF) {
				return "", 0, io.EOF
			}
			return "", 0, fmt.Errorf("request cut short: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return op, length, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("X-Amz-Target")):
			op = operation(string(value))
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return "", 0, err
			}
		}
	}
}
