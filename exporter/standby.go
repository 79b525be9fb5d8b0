package exporter

// StandBy has Run check nothing before Lead says so. Call it before Run.
func (e *Exporter) StandBy() {
	e.standby = true
	e.metrics.Leader(false)
}

// Lead starts the flows of the configuration that was loaded last, with counters
// from 0, or ends them and deletes their series: what they said last would be
// taken for what is. It returns when that is done, which is when no check of them
// can record anything any more. Reloads of a configuration go on meanwhile.
func (e *Exporter) Lead(leads bool) {
	e.reloading.Lock()
	defer e.reloading.Unlock()
	if e.ctx != nil && e.ctx.Err() != nil {
		return // it is about to end
	}
	e.standby = !leads
	if e.planned != nil {
		e.apply()
	}
	e.metrics.Leader(leads)
}
