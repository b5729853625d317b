package dynamolocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"time"
)

const (
	// Ports are chosen from minPort up to, not including, maxPort. Linux, macOS
	// and Windows give none of these to programs that ask for any port, so that
	// no test server gets the port between its choice and the server's start,
	// and requests that were meant for DynamoDB Local.
	minPort, maxPort = 20_000, 32_768

	// portAttempts is how many ports are tried before a clash is an error.
	portAttempts = 5

	// probeInterval is the pause between two requests to a starting server.
	probeInterval = 50 * time.Millisecond

	// maxOutput is how much of a server's output is kept for messages, in bytes.
	maxOutput = 16 << 10
)

// errPortTaken says that another program bound the port first.
var errPortTaken = errors.New("the port is taken")

// launch starts the jar in home on a free port and waits until it answers.
func (s *Server) launch(ctx context.Context, java, home string) error {
	for attempt := 1; ; attempt++ {
		err := s.launchOnce(ctx, java, home)
		if !errors.Is(err, errPortTaken) || attempt == portAttempts {
			return err
		}
	}
}

func (s *Server) launchOnce(ctx context.Context, java, home string) error {
	r, err := reservePort()
	if err != nil {
		return err
	}
	p, err := startProcess(java, home, javaArgs(r.port, s.sharedDB), r)
	if err != nil {
		r.release()
		return err
	}
	s.url = "http://127.0.0.1:" + strconv.Itoa(r.port)
	if err := s.await(ctx, p); err != nil {
		p.stop()
		return err
	}
	s.proc, s.version = p, p.version()
	return nil
}

// javaArgs returns the command line after "java". The serial collector and the
// first compiler alone halve the start; a test server does not live long enough
// to earn the rest back.
func javaArgs(port int, sharedDB bool) []string {
	args := []string{
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dfile.encoding=UTF-8", // it counts bytes in what the locale says
		"-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
		"-inMemory", "-disableTelemetry", "-port", strconv.Itoa(port),
	}
	if sharedDB {
		args = append(args, "-sharedDb")
	}
	return args
}

// await probes the server until it answers, its process ends, or the time is up.
func (s *Server) await(ctx context.Context, p *process) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(probeInterval)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return p.failure()
		case <-ctx.Done():
			return fmt.Errorf("it did not answer in time: %w\n%s", ctx.Err(), p.output())
		case <-tick.C:
			answered := s.probe(ctx) == nil
			if p.portTaken() {
				return errPortTaken
			}
			if answered && !p.ended() {
				return nil
			}
		}
	}
}

// reservation is a TCP port that was free a moment ago. DynamoDB Local has to
// bind it itself, so it cannot be held. The UDP port of the same number is held
// instead, which keeps every other user of this package away from it for as
// long as the server runs: whatever answers there is this server.
type reservation struct {
	port int
	udp  net.PacketConn
}

func reservePort() (*reservation, error) {
	var errs []error
	for range portAttempts {
		r, err := reserve(minPort + rand.IntN(maxPort-minPort))
		if err == nil {
			return r, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func reserve(port int) (*reservation, error) {
	l, err := net.Listen("tcp", ":"+strconv.Itoa(port)) // DynamoDB Local binds all interfaces
	if err != nil {
		return nil, err
	}
	udp, err := net.ListenPacket("udp4", "127.0.0.1:"+strconv.Itoa(port))
	if err := l.Close(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return &reservation{port, udp}, nil
}

func (r *reservation) release() { r.udp.Close() }

// process is a running server.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer // where the parent's life is watched through a pipe, else nil
	log   *os.File  // what the server prints; a file needs no goroutine to drain it
	port  *reservation
	done  chan struct{} // closed once the process ended and was waited for
}

// startProcess runs java in dir.
func startProcess(java, dir string, args []string, port *reservation) (*process, error) {
	log, err := os.CreateTemp("", "dynamodb-local-*.log")
	if err != nil {
		return nil, err
	}
	p := &process{log: log, port: port, done: make(chan struct{})}
	p.cmd = exec.Command(java, args...)
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if p.stdin, err = tieToParent(p.cmd); err == nil {
		started := make(chan error)
		go p.run(started)
		err = <-started
	}
	// Gone from here on where the system lets an open file be removed, so that
	// a shared server, which nobody stops, leaves none behind.
	_ = os.Remove(log.Name())
	if err != nil {
		p.closeLog()
		return nil, err
	}
	return p, nil
}

// run starts the process and waits for it, on a thread of its own: Linux sends
// the parent's death signal when the thread that started the child ends, and Go
// may end any thread that no goroutine is locked to.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // it is killed, so its status says nothing
	close(p.done)
}

// stop kills the process and waits until it is gone.
func (p *process) stop() {
	if p.stdin != nil {
		p.stdin.Close()
	} else {
		_ = p.cmd.Process.Kill() // fails only where the process ended already
	}
	<-p.done
	p.port.release()
	p.closeLog()
}

func (p *process) closeLog() {
	p.log.Close()
	_ = os.Remove(p.log.Name())
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// portTaken says whether the server could not bind its port. Its process does
// not end then.
func (p *process) portTaken() bool {
	return bytes.Contains(p.output(), []byte("java.net.BindException"))
}

// failure says why a process ended that should not have.
func (p *process) failure() error {
	if p.portTaken() {
		return errPortTaken
	}
	return fmt.Errorf("it ended before it answered (%v):\n%s", p.cmd.ProcessState, p.output())
}

var versionLine = regexp.MustCompile(`(?m)^Version:\s*(\S+)`)

// version returns the version that the server printed, or "unknown".
func (p *process) version() string {
	if m := versionLine.FindSubmatch(p.output()); m != nil {
		return string(m[1])
	}
	return "unknown"
}

// output returns the first 16 KiB of what the server printed.
func (p *process) output() []byte {
	b := make([]byte, maxOutput)
	n, _ := p.log.ReadAt(b, 0) // short at the end of the file
	return b[:n]
}

var javaVersion = regexp.MustCompile(`version "(\d+)`)

// minJava is the oldest Java that is used.
const minJava = 17

// findJava returns the java command of JAVA_HOME, or else of PATH.
func findJava(ctx context.Context) (string, error) {
	name := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		name = home + "/bin/java"
	}
	java, err := exec.LookPath(name)
	if err != nil {
		return "", &missingError{fmt.Sprintf("no Java (version %d or later is needed): %v", minJava, err)}
	}
	out, err := exec.CommandContext(ctx, java, "-version").CombinedOutput()
	if err != nil {
		return "", &missingError{fmt.Sprintf("java -version: %v", err)}
	}
	m := javaVersion.FindSubmatch(out)
	if m == nil {
		return "", &missingError{fmt.Sprintf("java -version names no version: %s", out)}
	}
	if v, err := strconv.Atoi(string(m[1])); err != nil || v < minJava {
		return "", &missingError{fmt.Sprintf("Java %s is too old: version %d or later is needed", m[1], minJava)}
	}
	return java, nil
}
