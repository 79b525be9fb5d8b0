package localfile

import (
	"context"
	"io/fs"
	"os"
)

// ReadStream reads like Read, and besides what can be read only once: a pipe,
// such as <(…) of a shell, and a terminal. For these it waits until their end has
// come or ctx has ended.
func ReadStream(ctx context.Context, path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) == 0 {
		return Read(path, limit)
	}
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	// Opened so that it waits: a pipe whose writer has yet to come would look empty.
	// Nothing ends that; what is left behind here ends with the program.
	go func() {
		content, err := readStream(path, limit)
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		return r.content, r.err
	case <-ctx.Done():
		return nil, refuse("stopped while waiting for the end of what is no regular file; whoever writes it has to close it")
	}
}

func readStream(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, limit)
}
