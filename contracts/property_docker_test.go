package contracts_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"

	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// stream is a Docker engine with one running container whose command prints
// what the test sets.
type stream struct {
	*httptest.Server
	raw  []byte
	exit int
}

func newStream(t testing.TB) *stream {
	s := &stream{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // closing with unread bytes would reset the connection
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Api-Version", "1.41")
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/start"):
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
			_, _ = conn.Write(s.raw)
		case strings.HasSuffix(path, "/exec"):
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"Id":"e"}`)
		case strings.Contains(path, "/exec/"):
			_, _ = fmt.Fprintf(w, `{"Running":false,"ExitCode":%d}`, s.exit)
		default:
			_, _ = io.WriteString(w, `{"State":{"Running":true}}`)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *stream) check() hop.Check {
	return hop.DockerExec(config.Docker{Host: "tcp://" + s.Listener.Addr().String(), Container: "c", TokenFile: "/f"})
}

// framed cuts content into frames of the sizes, for the stream called kind.
func framed(kind byte, content string, sizes []uint8) []byte {
	var out []byte
	for i := 0; len(content) > 0; i++ {
		size := len(content)
		if i < len(sizes) {
			size = min(size, int(sizes[i])+1)
		}
		out = append(out, kind, 0, 0, 0)
		out = binary.BigEndian.AppendUint32(out, uint32(size))
		out = append(out, content[:size]...)
		content = content[size:]
	}
	return out
}

func TestFramesMakeNoDifference(t *testing.T) {
	s := newStream(t)
	read := s.check()
	check(t, 400, prop.ForAll(func(text string, sizes []uint8, exit int) string {
		s.raw, s.exit = framed(1, text, sizes), exit
		reading, err := read(context.Background())
		want := judge(text)
		if exit != 0 && want != reason.Oversize {
			want = reason.ExecFailed
		}
		if reason.Of(err) != want || err == nil && reading.Token.Reveal() != strings.Trim(text, " \t\r\n") {
			return fmt.Sprintf("got %v, want reason %q", err, want)
		}
		return classified(err)
	}, texts(), gen.SliceOfN(5, gen.UInt8()), gen.OneConstOf(0, 0, 0, 1)))
}

func TestNoStreamIsTooStrange(t *testing.T) {
	s := newStream(t)
	read := s.check()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	garbage := gen.OneGenOf(
		gen.SliceOf(gen.UInt8()),
		gopter.CombineGens(texts(), gen.SliceOfN(3, gen.UInt8()), gen.UInt8Range(0, 4), gen.IntRange(0, 20)).Map(func(v []any) []uint8 {
			whole := framed(v[2].(uint8), v[0].(string), v[1].([]uint8))
			return whole[:max(0, len(whole)-v[3].(int))] // cut inside a frame
		}),
	)
	check(t, 400, prop.ForAll(func(raw []uint8, exit int) string {
		s.raw, s.exit = raw, exit
		_, err := read(ctx)
		return classified(err)
	}, garbage, gen.OneConstOf(0, 0, 1)))
}
