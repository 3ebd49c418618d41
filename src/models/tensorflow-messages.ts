import protobuf from 'protobufjs';

/**
 * The part of TensorFlow's messages that a frozen graph needs; numbers and names from tensorflow/core/framework and
 * tensorflow/core/protobuf.
 */
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  package tensorflow;

  message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
  message MetaGraphDef { MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; map<string, SignatureDef> signature_def = 5; }
  message MetaInfoDef { repeated string tags = 4; string tensorflow_version = 5; }
  message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3; }
  message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }
  message GraphDef { repeated NodeDef node = 1; VersionDef versions = 4; }
  message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
  message NodeDef { string name = 1; string op = 2; repeated string input = 3; map<string, AttrValue> attr = 5; }
  message AttrValue { oneof value { bool b = 5; int32 type = 6; TensorShapeProto shape = 7; TensorProto tensor = 8; } }
  message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; }
  message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
  `,
  { keepCase: true },
);

const type = root.lookupType('tensorflow.SavedModel');

/** TensorFlow's DataType. */
export const dataType = { float: 1, bool: 10 } as const;

export interface Shape {
  readonly dim: readonly { readonly size: number }[];
}

export type Attribute =
  | { readonly b: boolean }
  | { readonly type: number }
  | { readonly shape: Shape }
  | { readonly tensor: { readonly dtype: number; readonly tensor_shape: Shape; readonly tensor_content: Uint8Array } };

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, Attribute>>;
}

export interface TensorInfo {
  readonly name: string;
  readonly dtype: number;
  readonly tensor_shape: Shape;
}

/** One graph under tag `serve` with signature `serving_default`; equal graphs give equal bytes. */
export function encodeSavedModelMessage(graph: { nodes: readonly GraphNode[]; inputs: Record<string, TensorInfo>; outputs: Record<string, TensorInfo> }): Uint8Array {
  const message = {
    saved_model_schema_version: 1,
    meta_graphs: [
      {
        meta_info_def: { tags: ['serve'], tensorflow_version: '2.13.1' },
        // 1087 is the producer of TensorFlow 2.9, so every later one reads it; 12 the oldest consumer that can.
        graph_def: { node: graph.nodes, versions: { producer: 1087, min_consumer: 12 } },
        signature_def: { serving_default: { inputs: graph.inputs, outputs: graph.outputs, method_name: 'tensorflow/serving/predict' } },
      },
    ],
  };
  const problem = type.verify(message);
  if (problem) throw new TypeError(`not a SavedModel: ${problem}`);
  return type.encode(message).finish();
}

/** Inputs and outputs of `serving_default`. Fails when the bytes are not a SavedModel that has it. */
export function decodeSignature(bytes: Uint8Array): { inputs: Record<string, TensorInfo>; outputs: Record<string, TensorInfo> } {
  const message = type.toObject(type.decode(bytes), { longs: Number }) as { meta_graphs?: { signature_def?: Record<string, { inputs: Record<string, TensorInfo>; outputs: Record<string, TensorInfo> }> }[] };
  const signature = message.meta_graphs?.[0]?.signature_def?.['serving_default'];
  if (!signature) throw new TypeError('not a SavedModel with signature serving_default');
  return signature;
}
