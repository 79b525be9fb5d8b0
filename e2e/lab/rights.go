package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Allowed asks Kubernetes whether a ServiceAccount of the integration may make a
// call in a namespace: "VERB RESOURCE[.GROUP][/NAME]", where exec and token are
// the parts of an object that they are and not names.
func (l *Lab) Allowed(ctx context.Context, account, where, call string) (bool, error) {
	return l.allowed(ctx, namespace, account, where, call)
}

// allowed asks it of a ServiceAccount of any namespace.
func (l *Lab) allowed(ctx context.Context, home, account, where, call string) (bool, error) {
	verb, what, _ := strings.Cut(call, " ")
	what, name, _ := strings.Cut(what, "/")
	resource, group, _ := strings.Cut(what, ".")
	attributes := map[string]string{"namespace": where, "verb": verb, "group": group, "resource": resource, "name": name}
	if name == "exec" || name == "token" {
		attributes["name"], attributes["subresource"] = "", name
	}
	var review struct {
		Status struct{ Allowed bool }
	}
	err := l.post(ctx, "/apis/authorization.k8s.io/v1/subjectaccessreviews", map[string]any{
		"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
		"spec": map[string]any{
			"user":               "system:serviceaccount:" + home + ":" + account,
			"groups":             []string{"system:serviceaccounts", "system:serviceaccounts:" + home, "system:authenticated"},
			"resourceAttributes": attributes,
		},
	}, &review)
	return review.Status.Allowed, err
}

func (l *Lab) post(ctx context.Context, path string, object, out any) error {
	body, err := json.Marshal(object)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.cluster.server+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.cluster.client.Do(request)
	if err != nil {
		return fmt.Errorf("posting to %q: %w", path, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("posting to %q: got status %d", path, response.StatusCode)
	}
	return json.NewDecoder(response.Body).Decode(out)
}
