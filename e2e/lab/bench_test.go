package lab

import (
	"encoding/json"
	"testing"
)

func TestPodOf(t *testing.T) {
	for text, want := range map[string]string{
		`{"spec":{"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"one"}]}}}}`: "one",
		`{"spec":{"template":{"spec":{"containers":[{"name":"one"},{"name":"two"}]}}}}`:                    "",
		`{}`: "",
	} {
		var job map[string]any
		err := json.Unmarshal([]byte(text), &job)
		if err != nil {
			t.Fatal(err)
		}
		container, pod, err := podOf(job)
		if (err == nil) != (want != "") || want != "" && (container["name"] != want || pod["kind"] != "Pod") {
			t.Errorf("%s: got container %v, pod %v, error %v", text, container, pod, err)
		}
	}
}
