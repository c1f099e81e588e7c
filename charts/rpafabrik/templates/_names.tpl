{{- define "rpafabrik.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) }}{{ $name = printf "%s-%s" $name .Chart.Name }}{{ end -}}
{{- .Values.fullnameOverride | default $name | trunc 42 | trimSuffix "-" -}}
{{- end }}

{{/* What tells the pods of a component from all others; never changes, for a Deployment's selector
cannot. Takes {top, component}, as do all templates that say component. */}}
{{- define "rpafabrik.selector" -}}
app.kubernetes.io/name: {{ .top.Chart.Name }}
app.kubernetes.io/instance: {{ .top.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "rpafabrik.labels" -}}
{{ include "rpafabrik.selector" . }}
app.kubernetes.io/part-of: rpafabrik
app.kubernetes.io/version: {{ .top.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .top.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .top.Chart.Name .top.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Name, namespace and labels of a component's object. */}}
{{- define "rpafabrik.metadata" -}}
name: {{ include "rpafabrik.fullname" .top }}-{{ .component }}
namespace: {{ .top.Release.Namespace }}
labels:
  {{- include "rpafabrik.labels" . | nindent 2 }}
{{- end }}

{{- define "rpafabrik.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "rpafabrik.temporalAddress" -}}
{{- if .Values.trial.temporal.enabled -}}
{{ include "rpafabrik.fullname" . }}-trial-temporal.{{ .Release.Namespace }}.svc:7233
{{- else -}}
{{ required "temporal.address must be host:port of Temporal's frontend (or set trial.temporal.enabled)" .Values.temporal.address }}
{{- end -}}
{{- end }}

{{- define "rpafabrik.ledgerSecret" -}}
{{- if .Values.trial.postgresql.enabled -}}
name: {{ include "rpafabrik.fullname" . }}-trial-postgresql
key: url
{{- else -}}
name: {{ required "ledger.secret.name must be a Secret with the ledger's URL (or set trial.postgresql.enabled)" .Values.ledger.secret.name }}
key: {{ .Values.ledger.secret.key }}
{{- end -}}
{{- end }}
