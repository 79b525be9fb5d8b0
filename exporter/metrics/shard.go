package metrics

import (
	"crypto/md5" // #nosec G501 -- no secret is in a flow's name
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Shard is the part of the flows that has the number Number, from 0 on, of as many
// parts as Of. The zero Shard is all of them.
type Shard struct{ Number, Of uint64 }

// ParseShard reads I/N.
func ParseShard(text string) (Shard, error) {
	number, of, _ := strings.Cut(text, "/")
	n, err := strconv.ParseUint(number, 10, 32)
	var s Shard
	if err == nil {
		s.Number = n
		s.Of, err = strconv.ParseUint(of, 10, 32)
	}
	if err != nil || s.Number >= s.Of {
		return Shard{}, fmt.Errorf("got %q, want I/N with I from 0 to N-1, as 0/4", text)
	}
	return s, nil
}

// String returns I/N, "" for all.
func (s Shard) String() string {
	if s.Of == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Number, s.Of)
}

// Has reports whether the shard is that of a flow, as Prometheus' relabel action
// hashmod says it.
func (s Shard) Has(flow string) bool {
	if s.Of == 0 {
		return true
	}
	sum := md5.Sum([]byte(flow)) // #nosec G401 -- as above
	return binary.BigEndian.Uint64(sum[8:])%s.Of == s.Number
}
