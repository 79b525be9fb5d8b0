//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
)

// said is how many lines of a failed test are said again at the end.
const said = 12

var (
	begins = regexp.MustCompile(`^=== (RUN|CONT|NAME)`)
	failed = regexp.MustCompile(`^\s*--- FAIL: `)
)

// failures gathers, out of what the tests print, which failed and what they said
// last, so that a run that fails can end with it: the end is what is shown of a
// long log.
type failures struct {
	mutex sync.Mutex
	lines []string
	list  []string
}

// watchFailures passes on what is printed from now on, and returns what to call
// when the tests are over.
func watchFailures() (f *failures, stop func(), err error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("watching what is printed: %w", err)
	}
	f = &failures{}
	printed, ended := os.Stdout, make(chan struct{})
	os.Stdout = writer
	go func() {
		defer close(ended)
		f.read(reader, printed)
	}()
	return f, func() { os.Stdout = printed; _ = writer.Close(); <-ended }, nil
}

func (f *failures) read(from io.Reader, to io.Writer) {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		_, _ = io.WriteString(to, line)
		f.add(strings.TrimRight(line, "\n"))
		if err != nil {
			return
		}
	}
}

func (f *failures) add(line string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	switch {
	case begins.MatchString(line):
		f.lines = nil
	case failed.MatchString(line):
		f.list = append(f.list, line)
		f.list = append(f.list, f.lines[max(0, len(f.lines)-said):]...)
		f.lines = nil
	default:
		f.lines = append(f.lines, line)
	}
}

// write writes them.
func (f *failures) write(to io.Writer) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if len(f.list) > 0 {
		fmt.Fprintf(to, "\nwhat failed, and what it said last:\n%s\n", strings.Join(f.list, "\n"))
	}
}
