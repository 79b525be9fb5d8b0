package upstream

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// A list of which the first items are enough is read in at most maxPages pages of
// pageSize items.
const pageSize, maxPages = 100, 20

// A list that counts as a whole only is asked for in pages of wholePageSize items,
// because each is a connection of its own. A server may make smaller ones, down to
// pageSize.
const wholePageSize = 500

// List reads a list and hands each of its items, decoded into a T, to visit.
// Only objects with all of labels are asked for. Whoever has more than maxPages
// pages of them is judged by those.
func List[T any](ctx context.Context, c *Kubernetes, group, resource string, labels map[string]string, visit func(T)) error {
	var selector []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		selector = append(selector, name+"="+labels[name])
	}
	_, err := list(withLimits(ctx, listLimits), c, c.Path(group, resource, ""), strings.Join(selector, ","), pageSize, maxPages, func(item T) error {
		visit(item)
		return nil
	})
	return err
}

// ListWhole is List where a part is as good as nothing: it fails with more than
// limit items. selector is a label selector. An error of visit ends it, and is its
// own; what was visited by then is no list.
func ListWhole[T any](ctx context.Context, c *Kubernetes, group, resource, selector string, limit int, visit func(T) error) error {
	path, items := c.Path(group, resource, ""), 0
	tooMany := reason.Errorf(reason.MalformedResponse, "got more than %d items", limit)
	whole, err := list(withLimits(ctx, wholeLimits), c, path, selector, wholePageSize, limit/pageSize+1, func(item T) error {
		if items++; items > limit {
			return tooMany
		}
		return visit(item)
	})
	if err == nil && !whole {
		return reason.From(tooMany, "%s %q", OpK8sList.Doing, path)
	}
	return err
}

// list reads at most so many pages of a list, each of at most size items, and
// reports whether these are all.
func list[T any](ctx context.Context, c *Kubernetes, path, selector string, size, pages int, visit func(T) error) (whole bool, err error) {
	query := url.Values{"limit": {strconv.Itoa(size)}}
	if selector != "" {
		query.Set("labelSelector", selector)
	}
	for range pages {
		page := listPage[T]{visit: visit}
		err := c.Call(ctx, OpK8sList, Request{Method: http.MethodGet, Path: path, Query: query.Encode(), Accept: "application/json"}, &page)
		if err != nil || page.next == "" {
			return true, err
		}
		query.Set("continue", page.next)
	}
	return false, nil
}

// listPage is one page of a list.
type listPage[T any] struct {
	visit func(T) error
	next  string // what asks for the next page, "" at the last one
}

// perValue bounds what a decoder reads, and keeps, for one value.
type perValue struct {
	io.Reader
	left int64
}

// Read implements io.Reader.
func (v *perValue) Read(b []byte) (int, error) {
	if v.left <= 0 {
		return 0, reason.Errorf(reason.MalformedResponse, "reading a list: got an item larger than any object")
	}
	n, err := v.Reader.Read(b)
	v.left -= int64(n)
	return n, err
}

// valueDecoder decodes one bounded value after the other.
type valueDecoder struct {
	*json.Decoder
	from *perValue
}

func (d valueDecoder) value(out any) error {
	d.from.left = objectLimits.bytes
	return d.Decode(out)
}

// decode implements streamed.
func (p *listPage[T]) decode(body io.Reader) error {
	from := &perValue{Reader: body, left: objectLimits.bytes}
	d := valueDecoder{json.NewDecoder(from), from}
	items := false
	if err := expect(d, json.Delim('{')); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		switch key {
		case "metadata":
			var meta struct{ Continue string }
			err = d.value(&meta)
			p.next = meta.Continue
		case "items":
			items, err = true, p.items(d)
		default:
			var skipped json.RawMessage
			err = d.value(&skipped)
		}
		if err != nil {
			return err
		}
	}
	if !items {
		return reason.Errorf(reason.MalformedResponse, "got a list without items")
	}
	return expect(d, json.Delim('}'))
}

func (p *listPage[T]) items(d valueDecoder) error {
	switch start, err := d.Token(); {
	case err != nil:
		return err
	case start == nil: // null is how Go writes a list that is empty
		return nil
	case start != json.Delim('['):
		return errNoList
	}
	for d.More() {
		var item T
		if err := d.value(&item); err != nil {
			return err
		}
		if err := p.visit(item); err != nil {
			return err
		}
	}
	return expect(d, json.Delim(']'))
}

var errNoList = reason.Errorf(reason.MalformedResponse, "got what is not a list")

func expect(d valueDecoder, want json.Delim) error {
	got, err := d.Token()
	if err == nil && got != want {
		return errNoList
	}
	return err
}
