// What Prometheus answered, as the frames that Grafana's own data source makes of it.
import { type DataFrame, FieldType, type Labels, toDataFrame } from '@grafana/data';

export interface Answer {
  refId: string;
  legend: string;
  table: boolean;
  result: Array<{ metric: Labels; value?: [number, string]; values?: Array<[number, string]> }>;
}

export function frames(answers: Answer[]): DataFrame[] {
  const tables = answers.filter((one) => one.table);
  const series = answers.filter((one) => !one.table);
  return [...tables.map((one) => table(one, tables.length)), ...series.flatMap(lines)];
}

function table(answer: Answer, count: number): DataFrame {
  const labels = [...new Set(answer.result.flatMap((one) => Object.keys(one.metric)))].sort();
  const value = count > 1 ? `Value #${answer.refId}` : 'Value';
  return toDataFrame({
    refId: answer.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: answer.result.map((one) => one.value![0] * 1000) },
      ...labels.map((name) => ({
        name,
        type: FieldType.string,
        values: answer.result.map((one) => one.metric[name] ?? ''),
      })),
      { name: value, type: FieldType.number, values: answer.result.map((one) => Number(one.value![1])) },
    ],
  });
}

function lines(answer: Answer): DataFrame[] {
  return answer.result.map((one) => {
    const points = one.values ?? [one.value!];
    const name = answer.legend.replace(/{{(\w+)}}/g, (_, label) => one.metric[label] ?? '');
    return toDataFrame({
      refId: answer.refId,
      name,
      fields: [
        { name: 'Time', type: FieldType.time, values: points.map((point) => point[0] * 1000) },
        {
          name: 'Value',
          type: FieldType.number,
          labels: one.metric,
          config: { displayNameFromDS: name },
          values: points.map((point) => Number(point[1])),
        },
      ],
    });
  });
}
