{{/* What the restricted Pod Security Standard asks of a pod, and the image's own user. */}}
{{- define "rpafabrik.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "rpafabrik.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* How a process reaches Temporal: the variables that it reads. */}}
{{- define "rpafabrik.temporalEnv" -}}
- name: RPAFABRIK_TEMPORAL_ADDRESS
  value: {{ include "rpafabrik.temporalAddress" . | quote }}
- name: RPAFABRIK_TEMPORAL_NAMESPACE
  value: {{ .Values.temporal.namespace | quote }}
{{- with .Values.temporal.apiKey.secret }}
{{- if .name }}
- name: TEMPORAL_API_KEY
  valueFrom:
    secretKeyRef: {name: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- with .Values.temporal.tls }}
{{- if .enabled }}
- name: TEMPORAL_TLS
  value: "true"
{{- end }}
{{- if .serverName }}
- name: TEMPORAL_TLS_SERVER_NAME
  value: {{ .serverName | quote }}
{{- end }}
{{- if .ca.secret.name }}
- name: TEMPORAL_TLS_SERVER_CA_CERT_PATH
  value: /etc/temporal/ca/{{ .ca.secret.key }}
{{- end }}
{{- if .client.secret.name }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /etc/temporal/client/tls.crt
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /etc/temporal/client/tls.key
{{- end }}
{{- end }}
{{- end }}

{{- define "rpafabrik.ledgerEnv" -}}
- name: RPAFABRIK_LEDGER_URL
  valueFrom:
    secretKeyRef:
      {{- include "rpafabrik.ledgerSecret" . | nindent 6 }}
{{- with .Values.ledger.ca.secret }}
{{- if .name }}
- name: PGSSLROOTCERT
  value: /etc/ledger/ca/{{ .key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "rpafabrik.ledgerMounts" -}}
{{- if .Values.ledger.ca.secret.name -}}
- {name: ledger-ca, mountPath: /etc/ledger/ca, readOnly: true}
{{- end }}
{{- end }}

{{- define "rpafabrik.ledgerVolumes" -}}
{{- with .Values.ledger.ca.secret.name -}}
- name: ledger-ca
  secret: {secretName: {{ . }}}
{{- end }}
{{- end }}

{{/* Labels and annotations of a component's pods; what tells them from others cannot be overridden.
Takes {top, component, process (its values)}. */}}
{{- define "rpafabrik.podMetadata" -}}
labels:
  {{- merge (include "rpafabrik.selector" . | fromYaml) .process.podLabels | toYaml | nindent 2 }}
{{- with .process.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where pods go, and before which others. Takes the values of their process. */}}
{{- define "rpafabrik.placement" -}}
{{- $said := dict }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with get $ $key }}
{{- $_ := set $said $key . }}
{{- end }}
{{- end }}
{{- with $said }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* A process of the product. Takes {top, component, process (its values), arguments, grace (seconds)}
and YAML: {env, mounts, volumes, initContainers}. */}}
{{- define "rpafabrik.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "rpafabrik.metadata" . | nindent 2 }}
spec:
  replicas: {{ .process.replicas }}
  selector:
    matchLabels:
      {{- include "rpafabrik.selector" . | nindent 6 }}
  template:
    metadata:
      {{- include "rpafabrik.podMetadata" . | nindent 6 }}
    spec:
      serviceAccountName: {{ include "rpafabrik.fullname" .top }}-{{ .component }}
      # Else a Service named rpafabrik or temporal would set variables that look like settings.
      enableServiceLinks: false
      {{- with .top.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ .grace }}
      securityContext:
        {{- include "rpafabrik.podSecurity" . | nindent 8 }}
      {{- with .initContainers }}
      initContainers:
        {{- . | nindent 8 }}
      {{- end }}
      containers:
      - name: {{ .component }}
        image: {{ include "rpafabrik.image" .top }}
        imagePullPolicy: {{ .top.Values.image.pullPolicy }}
        args: {{ toJson .arguments }}
        env:
        - name: RPAFABRIK_HOST
          value: 0.0.0.0
        - name: RPAFABRIK_HEALTH_PORT
          value: "8080"
        - name: RPAFABRIK_METRICS_PORT
          value: "9090"
        - name: RPAFABRIK_LOG_FORMAT
          value: {{ .top.Values.logFormat }}
        - name: RPAFABRIK_LOG_LEVEL
          value: {{ .top.Values.logLevel }}
        {{- with .top.Values.tracing.otlpEndpoint }}
        - name: OTEL_EXPORTER_OTLP_ENDPOINT
          value: {{ . | quote }}
        {{- end }}
        {{- include "rpafabrik.temporalEnv" .top | nindent 8 }}
        {{- with .env }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with .process.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        ports:
        - {name: health, containerPort: 8080}
        - {name: metrics, containerPort: 9090}
        # All ask whether the process lives, none whether Temporal or the ledger does: a pod that
        # waits for them waits best where it is.
        startupProbe:
          httpGet: {path: /healthz, port: health}
          periodSeconds: 2
          failureThreshold: 30
        livenessProbe:
          httpGet: {path: /healthz, port: health}
          periodSeconds: 10
          timeoutSeconds: 5
          failureThreshold: 6
        readinessProbe:
          httpGet: {path: /healthz, port: health}
          periodSeconds: 5
          timeoutSeconds: 5
        resources:
          {{- toYaml .process.resources | nindent 10 }}
        securityContext:
          {{- include "rpafabrik.containerSecurity" . | nindent 10 }}
        volumeMounts:
        - {name: tmp, mountPath: /tmp}
        {{- with .top.Values.temporal.tls }}
        {{- if .ca.secret.name }}
        - {name: temporal-ca, mountPath: /etc/temporal/ca, readOnly: true}
        {{- end }}
        {{- if .client.secret.name }}
        - {name: temporal-client, mountPath: /etc/temporal/client, readOnly: true}
        {{- end }}
        {{- end }}
        {{- with .mounts }}
        {{- . | nindent 8 }}
        {{- end }}
      volumes:
      - name: tmp
        emptyDir: {sizeLimit: 64Mi}
      {{- with .top.Values.temporal.tls }}
      {{- if .ca.secret.name }}
      - name: temporal-ca
        secret: {secretName: {{ .ca.secret.name }}}
      {{- end }}
      {{- if .client.secret.name }}
      - name: temporal-client
        secret: {secretName: {{ .client.secret.name }}}
      {{- end }}
      {{- end }}
      {{- with .volumes }}
      {{- . | nindent 6 }}
      {{- end }}
      topologySpreadConstraints:
      {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
      - topologyKey: {{ . }}
        maxSkew: 1
        whenUnsatisfiable: ScheduleAnyway
        labelSelector:
          matchLabels:
            {{- include "rpafabrik.selector" $ | nindent 12 }}
      {{- end }}
      {{- with include "rpafabrik.placement" .process }}
      {{- . | nindent 6 }}
      {{- end }}
{{- end }}
