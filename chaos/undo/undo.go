// Package undo is the memory of what was broken on purpose. A harness notes a
// fault here before it breaks anything, so that another process can heal it
// after the first was killed at any point. It knows no lab.
package undo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Entry is a fault that is about to be injected into a target, or may be there.
type Entry struct {
	Fault string `json:"fault"`
	// Target tells the target from every other; nothing here is secret.
	Target string    `json:"target"`
	When   time.Time `json:"when"`
}

// line is one line of the file: an entry, or that it is done.
type line struct {
	Entry
	Done bool `json:"done,omitempty"`
}

// Journal is the open file. It is for one process at a time, and for any number of
// goroutines in it.
type Journal struct {
	file  *os.File
	mutex sync.Mutex
	open  []Entry
}

// Open opens the journal at path, or begins it, and reads what is to be undone.
// While another process has it open it is refused.
func Open(path string) (*Journal, error) {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err != nil {
		return nil, fmt.Errorf("making the folder of journal %q: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening journal %q: %w", path, err)
	}
	j := &Journal{file: file}
	err = j.prepare()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening journal %q: %w", path, err), file.Close())
	}
	return j, nil
}

func (j *Journal) prepare() error {
	// The kernel gives it back when the process ends, however it does.
	err := syscall.Flock(int(j.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return fmt.Errorf("got it in use by another process: %w", err)
	}
	folder, err := os.Open(filepath.Dir(j.file.Name()))
	if err != nil {
		return err
	}
	err = errors.Join(folder.Sync(), folder.Close()) // of the file's name
	if err != nil {
		return err
	}
	return j.read()
}

// read reads the file. Its last line may be torn: what it was to say had not
// begun to happen, so it is cut off.
func (j *Journal) read() error {
	reader := bufio.NewReader(j.file)
	whole := int64(0)
	for {
		text, err := reader.ReadBytes('\n')
		if err != nil {
			break
		}
		var l line
		err = json.Unmarshal(bytes.TrimSpace(text), &l)
		if err != nil || l.Fault == "" {
			return fmt.Errorf("got byte %d to begin a line that is none of a journal", whole)
		}
		j.apply(l)
		whole += int64(len(text))
	}
	err := j.file.Truncate(whole)
	if err == nil {
		_, err = j.file.Seek(whole, 0)
	}
	return err
}

func (j *Journal) apply(l line) {
	if !l.Done {
		j.open = append(j.open, l.Entry)
		return
	}
	for i := len(j.open) - 1; i >= 0; i-- {
		if j.open[i].same(l.Entry) {
			j.open = append(j.open[:i], j.open[i+1:]...)
			return
		}
	}
}

func (e Entry) same(other Entry) bool {
	return e.Fault == other.Fault && e.Target == other.Target && e.When.Equal(other.When)
}

// Begin notes that a fault is about to be injected. It returns when that is on
// the disk, so only after it may anything be broken.
func (j *Journal) Begin(fault, target string) (Entry, error) {
	e := Entry{Fault: fault, Target: target, When: time.Now().UTC()}
	return e, j.append(line{Entry: e})
}

// Done notes that it was undone.
func (j *Journal) Done(e Entry) error { return j.append(line{Entry: e, Done: true}) }

func (j *Journal) append(l line) error {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	encoded, err := json.Marshal(l)
	if err == nil {
		_, err = j.file.Write(append(encoded, '\n'))
	}
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("writing journal %q: %w", j.file.Name(), err)
	}
	j.apply(l)
	return nil
}

// Left returns what is not undone, what was injected last first.
func (j *Journal) Left() []Entry {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	last := make([]Entry, 0, len(j.open))
	for i := len(j.open) - 1; i >= 0; i-- {
		last = append(last, j.open[i])
	}
	return last
}

// Close lets another process have the journal. One that says nothing is emptied.
func (j *Journal) Close() error {
	var err error
	if len(j.open) == 0 {
		err = j.file.Truncate(0)
	}
	return errors.Join(err, j.file.Close())
}
