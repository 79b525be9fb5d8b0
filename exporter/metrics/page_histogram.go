package metrics

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"homelab.io/vault-health-exporter/exporter/metrics/catalogue"
)

// What every histogram has in common.
var (
	zeroThreshold = prometheus.DefNativeHistogramZeroThreshold
	infinity      = math.Inf(1)
	traceLabel    = "trace_id"
)

// histograms are the slabs that histograms are made of.
type histograms struct {
	whole     slab[dto.Histogram]
	buckets   slab[dto.Bucket]
	bucketsAt slab[*dto.Bucket]
	spans     slab[dto.BucketSpan]
	spansAt   slab[*dto.BucketSpan]
	deltas    slab[int64]
	counts    slab[uint64]
	offsets   slab[int32]
	lengths   slab[uint32]
}

// histogram makes a histogram; h is nil before the first observation.
func (s *sheet) histogram(row catalogue.Metric, h *histogram, labels ...*dto.LabelPair) *dto.Metric {
	m := s.series(labels)
	if h != nil {
		m.Histogram = s.of(h)
		return m
	}
	idle := s.idle[&row.Buckets[0]]
	if idle == nil {
		idle = s.of(newHistogram(row.Buckets, s.began))
		s.idle[&row.Buckets[0]] = idle
	}
	m.Histogram = idle
	return m
}

func (s *sheet) of(h *histogram) *dto.Histogram {
	h.expire(s.now)
	out := s.whole.next()
	out.SampleCount, out.SampleSum, out.CreatedTimestamp = s.count(h.count), s.float(h.sum), s.created
	if h.began != s.began {
		out.CreatedTimestamp = timestamppb.New(h.began)
	}
	s.classic(out, h)
	s.native(out, h)
	if h.traces != nil {
		h.traces.expose(out)
	}
	return out
}

func (p *page) classic(out *dto.Histogram, h *histogram) {
	out.Bucket = p.bucketsAt.take(len(h.bounds))
	buckets, below := p.buckets.take(len(h.bounds)), uint64(0)
	for i := range h.bounds {
		below += h.counts[i]
		buckets[i].CumulativeCount, buckets[i].UpperBound = p.count(below), &h.bounds[i]
		out.Bucket[i] = &buckets[i]
	}
}

// maxGap is how many empty buckets are cheaper written out than a span more.
const maxGap = 2

// native writes spans of buckets next to each other, and the difference of each
// bucket's count to that of the one before.
func (p *page) native(out *dto.Histogram, h *histogram) {
	out.Schema, out.ZeroThreshold, out.ZeroCount = p.offset(h.schema), &zeroThreshold, p.count(h.zeros)
	spans, buckets := 0, 0
	h.runs(func(gap int32, first bool) {
		if first {
			spans, gap = spans+1, 0
		}
		buckets += int(gap) + 1
	})
	if spans == 0 {
		return
	}
	out.PositiveSpan, out.PositiveDelta = p.spansAt.take(spans)[:0], p.deltas.take(buckets)[:0]
	i, before := 0, int64(0)
	h.runs(func(gap int32, first bool) {
		if first {
			span := p.spans.next()
			span.Offset, span.Length = p.offset(gap), p.lengths.next()
			out.PositiveSpan, gap = append(out.PositiveSpan, span), 0
		}
		for range gap {
			out.PositiveDelta, before = append(out.PositiveDelta, -before), 0
		}
		count := int64(h.native[i].count)
		out.PositiveDelta, before, i = append(out.PositiveDelta, count-before), count, i+1
		*out.PositiveSpan[len(out.PositiveSpan)-1].Length += uint32(gap) + 1 // #nosec G115 -- a small gap
	})
}

// runs visits the native buckets in their order: how many empty ones are before
// each, and whether a span begins with it.
func (h *histogram) runs(visit func(gap int32, first bool)) {
	next := int32(0)
	for i, b := range h.native {
		gap := b.key - next
		visit(gap, i == 0 || gap > maxGap)
		next = b.key + 1
	}
}

func (p *page) count(n uint64) *uint64 {
	at := p.counts.next()
	*at = n
	return at
}

func (p *page) offset(n int32) *int32 {
	at := p.offsets.next()
	*at = n
	return at
}

func (x *exemplars) expose(out *dto.Histogram) {
	for i, e := range x.newest {
		switch {
		case e.trace == "":
		case i < len(out.Bucket):
			out.Bucket[i].Exemplar = e.expose()
		default: // the bucket without a bound is written only for this
			out.Bucket = append(out.Bucket, &dto.Bucket{CumulativeCount: out.SampleCount, UpperBound: &infinity, Exemplar: e.expose()})
		}
	}
	for _, e := range x.spread {
		out.Exemplars = append(out.Exemplars, e.expose())
	}
}

func (e exemplar) expose() *dto.Exemplar {
	return &dto.Exemplar{
		Label: []*dto.LabelPair{{Name: &traceLabel, Value: &e.trace}}, Value: &e.seconds, Timestamp: timestamppb.New(e.at),
	}
}
