{{- define "passerby.name" -}}
{{- if contains "passerby" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-passerby" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "passerby.selector" -}}
app.kubernetes.io/name: passerby
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "passerby.labels" -}}
{{ include "passerby.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "passerby.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag }}{{ end }}
{{- end }}

{{/* Name of the Secret with the gateway's secrets; "" = there is none. */}}
{{- define "passerby.secret" -}}
{{ .Values.secrets.existing | default (ternary (include "passerby.name" .) "" (not (empty .Values.secrets.values))) }}
{{- end }}

{{/* The site file, with what the chart decides. */}}
{{- define "passerby.site" -}}
{{- $web := dict "host" "0.0.0.0" "port" .Values.page.port "allow_remote" true -}}
{{- $own := dict "state_folder" "/var/lib/passerby" "web" $web -}}
{{- mergeOverwrite (deepCopy .Values.site) $own | toYaml }}
{{- end }}
