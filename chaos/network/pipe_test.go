package network

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestWhatIsOnItsWayArrives: all of it and in order, also more than fits, and then
// the end.
func TestWhatIsOnItsWayArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connection(everybody, everybody)
		sent := bytes.Repeat([]byte("0123456789"), buffer/3)
		go func() {
			if n, err := client.Write(sent); n != len(sent) || err != nil {
				t.Errorf("writing: got %d and %v, want %d", n, err, len(sent))
			}
			_ = client.Close()
		}()
		synctest.Wait()
		if got := client.out.onWay.Len(); got != buffer {
			t.Errorf("got %d bytes on their way, want %d at most", got, buffer)
		}
		if got, err := io.ReadAll(server); !bytes.Equal(got, sent) || err != nil {
			t.Errorf("reading: got %d bytes and %v, want the %d that were sent", len(got), err, len(sent))
		}
		if _, err := server.Write([]byte("to nobody")); err != io.ErrClosedPipe {
			t.Errorf("writing to who has gone: got %v, want %v", err, io.ErrClosedPipe)
		}
	})
}

// TestDeadlines: who waits is woken when it is time, also where that is set while
// he waits, and goes on where there is more time again.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connection(everybody, everybody)
		began := time.Now()
		late := func(what string, after time.Duration, do func([]byte) (int, error)) {
			t.Helper()
			if _, err := do(make([]byte, buffer+1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != after {
				t.Errorf("%s: got %v after %s, want %v after %s", what, err, time.Since(began), os.ErrDeadlineExceeded, after)
			}
		}
		_ = client.SetReadDeadline(began.Add(time.Second))
		late("reading", time.Second, client.Read)
		_ = client.SetReadDeadline(time.Time{})
		time.AfterFunc(time.Second, func() { _ = client.SetReadDeadline(time.Unix(1, 0)) })
		late("reading until it is too late", 2*time.Second, client.Read)
		_ = client.SetDeadline(began.Add(3 * time.Second))
		late("writing", 3*time.Second, client.Write)
		_ = client.SetDeadline(time.Time{})
		if n, err := server.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("reading what was written: got %d bytes and %v", n, err)
		}
	})
}

// TestWhoWaitsSeesTheEnd: a connection that is closed keeps nobody.
func TestWhoWaitsSeesTheEnd(t *testing.T) {
	for name, test := range map[string]struct {
		close func(client, server *ends)
		want  error
	}{
		"by the other side": {func(_, server *ends) { _ = server.Close() }, io.EOF},
		"by itself":         {func(client, _ *ends) { _ = client.Close() }, io.ErrClosedPipe},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := connection(everybody, everybody)
				time.AfterFunc(time.Second, func() { test.close(client, server) })
				if _, err := client.Read(make([]byte, 1)); err != test.want {
					t.Errorf("got %v, want %v", err, test.want)
				}
			})
		})
	}
}
