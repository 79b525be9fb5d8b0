package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// roleExternalSecrets is the main Vault's role by which External Secrets reads.
const roleExternalSecrets = "external-secrets"

// laneRoles are the policies and roles that a lane has of its own, by the Vault.
var laneRoles = map[string][]string{
	SideNAS:  {applicationExporter, CronBroker},
	SideMain: {applicationExporter, CronBroker, roleExternalSecrets},
}

// laneObjects are the objects of Kubernetes that a lane has of its own.
var laneObjects = []string{
	pathRoles + applicationExporter, pathRoleBindings + applicationExporter,
	pathRoles + CronBroker, pathRoleBindings + CronBroker,
	pathSecretStores + storeName, pathExternalSecrets + secretName, pathCronJobs + CronBroker,
}

// shippedParts are what the lanes are copies of, as it was when the lab was
// started: whatever is broken of it later is no lane's.
type shippedParts struct {
	Objects map[string]map[string]any
	Roles   map[string]map[string]shippedRole
}

type shippedRole struct {
	Rules    string
	Settings map[string]any
}

const partsState = "shipped-parts.json"

// inEveryLane does something for every flow at once.
func (l *Lab) inEveryLane(do func(*Lab, context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		group, ctx := errgroup.WithContext(ctx)
		for _, lane := range l.everyLane() {
			group.Go(func() error { return do(l.Lane(lane), ctx) })
		}
		return group.Wait()
	}
}

// startLanes makes copies of the shipped flow, which works by now.
func (l *Lab) startLanes(ctx context.Context) error {
	if l.lanes == 0 {
		return nil
	}
	parts := shippedParts{Objects: map[string]map[string]any{}, Roles: map[string]map[string]shippedRole{}}
	for _, path := range laneObjects {
		var object map[string]any
		err := l.ask(ctx, http.MethodGet, path, "", nil, &object)
		if err != nil {
			return err
		}
		parts.Objects[path] = object
	}
	for side, names := range laneRoles {
		parts.Roles[side] = map[string]shippedRole{}
		for _, name := range names {
			role, err := l.shippedRole(ctx, side, name)
			if err != nil {
				return err
			}
			parts.Roles[side][name] = role
		}
	}
	err := l.keepJSON(partsState, parts)
	if err != nil {
		return err
	}
	return l.inEveryLane((*Lab).startLane)(ctx)
}

func (l *Lab) startLane(ctx context.Context) error {
	if l.Shipped() {
		return nil
	}
	err := errors.Join(l.setUpLane(ctx, SideNAS), l.setUpLane(ctx, SideMain))
	if err != nil {
		return err
	}
	configuration, err := l.brokerConfiguration()
	if err != nil {
		return err
	}
	err = l.store(ctx, "ConfigMap", l.own(brokerConfig), map[string]string{"token-broker.yaml": configuration})
	if err != nil {
		return err
	}
	err = l.applyLane(ctx)
	if err != nil {
		return err
	}
	err = l.RunBroker(ctx)
	if err != nil {
		return err
	}
	return l.SyncSecret(ctx)
}

func (l *Lab) shippedRole(ctx context.Context, side, name string) (shippedRole, error) {
	rules, err := l.side(side).client.Sys().GetPolicyWithContext(ctx, name)
	if err != nil {
		return shippedRole{}, fmt.Errorf("reading policy %q: %w", name, err)
	}
	read, err := l.side(side).client.Logical().ReadWithContext(ctx, "auth/kubernetes/role/"+name)
	if err == nil && read == nil {
		err = errors.New("got none")
	}
	if err != nil {
		return shippedRole{}, fmt.Errorf("reading role %q: %w", name, err)
	}
	return shippedRole{rules, read.Data}, nil
}

func (l *Lab) side(side string) *vaultServer {
	if side == SideMain {
		return l.main
	}
	return l.nas
}

// setUpLane does for a lane what the shipped script does for the shipped flow.
func (l *Lab) setUpLane(ctx context.Context, side string) error {
	var parts shippedParts
	err := l.kept(partsState, &parts)
	if err != nil {
		return err
	}
	paths := strings.NewReplacer("/"+kvNASPath+`"`, "/"+l.NASPath()+`"`, "/"+kvMainPath+`"`, "/"+l.MainPath()+`"`)
	for name, role := range parts.Roles[side] {
		err := l.side(side).allow(ctx, l.own(name), paths.Replace(role.Rules))
		if err != nil {
			return err
		}
		role.Settings["token_policies"] = []string{l.own(name)}
		_, err = l.side(side).client.Logical().WriteWithContext(ctx, "auth/kubernetes/role/"+l.own(name), role.Settings)
		if err != nil {
			return fmt.Errorf("writing role %q: %w", l.own(name), err)
		}
	}
	return nil
}

// applyLane makes those of the lane's objects that are not there.
func (l *Lab) applyLane(ctx context.Context) error {
	var parts shippedParts
	err := l.kept(partsState, &parts)
	if err != nil {
		return err
	}
	for _, of := range laneObjects {
		object, _ := l.renamed(parts.Objects[of]).(map[string]any)
		metadata, _ := object["metadata"].(map[string]any)
		object["metadata"] = map[string]any{"name": metadata["name"], "labels": metadata["labels"]}
		delete(object, "status")
		if spec, ok := object["spec"].(map[string]any); ok && of == pathCronJobs+CronBroker {
			// All flows list all Jobs of the namespace, in every slot.
			spec["schedule"] = laneSchedule
			spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"] = 1, 1
		}
		err := l.ask(ctx, http.MethodPost, path.Dir(of), "application/json", object, nil)
		var refused statusError
		if errors.As(err, &refused) && refused.status == http.StatusConflict {
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shippedNames are those of what a lane has of its own, and sharedFields where
// they are names of something else.
var (
	shippedNames = []string{secretName, storeName, kvMainPath, CronBroker, applicationExporter, roleExternalSecrets}
	sharedFields = []string{"serviceAccountName", "serviceAccountRef", "subjects", "labels", "namespace", "apiVersion", "apiGroup", "apiGroups"}
)

// renamed copies a part of an object, under the lane's names.
func (l *Lab) renamed(part any) any {
	switch part := part.(type) {
	case map[string]any:
		copied := map[string]any{}
		for field, value := range part {
			if !slices.Contains(sharedFields, field) {
				value = l.renamed(value)
			}
			copied[field] = value
		}
		return copied
	case []any:
		copied := make([]any, 0, len(part))
		for _, value := range part {
			copied = append(copied, l.renamed(value))
		}
		return copied
	case string:
		if strings.HasPrefix(part, brokerConfig) { // with a hash behind it
			return l.own(brokerConfig)
		}
		if name, _, _ := strings.Cut(part, "."); slices.Contains(shippedNames, name) { // an Event's goes on behind its CronJob's
			return l.own(part)
		}
	}
	return part
}
