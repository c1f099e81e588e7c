{{/* What every process of the product has beside its Deployment. Takes {top, component, process}. */}}
{{- define "rpafabrik.companions" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "rpafabrik.metadata" . | nindent 2 }}
  {{- with .process.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "rpafabrik.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  # Pods that are unwell anyway never hold up a node's drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "rpafabrik.selector" . | nindent 6 }}
---
# For scrapers: without an address of its own, so that each pod is found.
apiVersion: v1
kind: Service
metadata:
  {{- include "rpafabrik.metadata" . | nindent 2 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "rpafabrik.selector" . | nindent 4 }}
  ports:
  - {name: metrics, port: 9090, targetPort: metrics}
{{- with .top.Values.metrics.podMonitor }}
{{- if and .enabled (not $.top.Values.metrics.serviceMonitor.enabled) }}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- merge (include "rpafabrik.metadata" $ | fromYaml) (dict "labels" .labels) | toYaml | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "rpafabrik.selector" $ | nindent 6 }}
  podMetricsEndpoints:
  # `job` and `namespace` are the metrics' own.
  - {port: metrics, interval: {{ .interval }}, honorLabels: true}
{{- end }}
{{- end }}
{{- with .top.Values.metrics.serviceMonitor }}
{{- if .enabled }}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- merge (include "rpafabrik.metadata" $ | fromYaml) (dict "labels" .labels) | toYaml | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "rpafabrik.selector" $ | nindent 6 }}
  endpoints:
  - {port: metrics, interval: {{ .interval }}, honorLabels: true}
{{- end }}
{{- end }}
{{- end }}

{{/* Rights of a component: where it serves some namespaces a Role in each, else a ClusterRole.
Takes {top, component, rules (YAML)}. */}}
{{- define "rpafabrik.rights" -}}
{{- $name := printf "%s-%s" (include "rpafabrik.fullname" .top) .component }}
{{- range .top.Values.namespaces | default (list "") }}
{{- $kind := ternary "Role" "ClusterRole" (ne . "") }}
{{- $scoped := $name }}
{{- if eq . "" }}{{ $scoped = printf "%s-%s" $.top.Release.Namespace $name }}{{ end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $scoped }}
  {{- with . }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "rpafabrik.labels" $ | nindent 4 }}
rules:
  {{- $.rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ $scoped }}
  {{- with . }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "rpafabrik.labels" $ | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $scoped }}
subjects:
- kind: ServiceAccount
  name: {{ $name }}
  namespace: {{ $.top.Release.Namespace }}
{{- end }}
{{- end }}
