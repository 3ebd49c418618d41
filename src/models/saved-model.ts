import type { Calibration } from '../domain/model/calibration.ts';
import { littleEndian, type Network } from './network.ts';
import { dataType, encodeSavedModelMessage, type Attribute, type GraphNode, type Shape } from './tensorflow-messages.ts';
import { CLIP_DEVIATIONS } from './transforms.ts';

/**
 * The bytes of `saved_model.pb`: a frozen graph of constants from raw `features` [n, d] to calibrated `probability`
 * [n, 1], the same operations in the same order as `predictProbabilities`. Equal networks give equal bytes.
 */
export function encodeSavedModel({ transforms, layers }: Network, calibration: Calibration): Uint8Array {
  const width = transforms.mean.length;
  const nodes: GraphNode[] = [
    node('features', 'Placeholder', [], { dtype: { type: dataType.float }, shape: { shape: shapeOf(-1, width) } }),

    node('log/size', 'Abs', ['features']),
    node('log/logarithm', 'Log1p', ['log/size']),
    node('log/sign', 'Sign', ['features']),
    node('log/signed', 'Mul', ['log/sign', 'log/logarithm']),
    flags('log/chosen', transforms.isLogged),
    node('logged', 'SelectV2', ['log/chosen', 'log/signed', 'features']),

    constant('standard/mean', transforms.mean, [width]),
    constant('standard/inverse_deviation', transforms.inverseDeviation, [width]),
    node('standard/centred', 'Sub', ['logged', 'standard/mean']),
    node('standard/scaled', 'Mul', ['standard/centred', 'standard/inverse_deviation']),
    constant('standard/least', Float32Array.of(-CLIP_DEVIATIONS), []),
    constant('standard/most', Float32Array.of(CLIP_DEVIATIONS), []),
    node('standard/clipped', 'ClipByValue', ['standard/scaled', 'standard/least', 'standard/most']),
  ];
  let last = 'standard/clipped';
  layers.forEach((layer, index) => {
    const name = `layer_${index}`;
    nodes.push(
      constant(`${name}/kernel`, layer.kernel, [layer.inputs, layer.units]),
      constant(`${name}/bias`, layer.bias, [layer.units]),
      node(`${name}/product`, 'MatMul', [last, `${name}/kernel`], { transpose_a: { b: false }, transpose_b: { b: false } }),
      node(`${name}/sum`, 'AddV2', [`${name}/product`, `${name}/bias`]),
    );
    last = `${name}/sum`;
    if (index === layers.length - 1) return;
    nodes.push(node(`${name}/relu`, 'Relu', [last]));
    last = `${name}/relu`;
  });
  nodes.push(
    constant('calibration/slope', Float32Array.of(calibration.slope), []),
    constant('calibration/intercept', Float32Array.of(calibration.intercept), []),
    node('calibration/scaled', 'Mul', [last, 'calibration/slope']),
    node('calibration/logit', 'AddV2', ['calibration/scaled', 'calibration/intercept']),
    node('calibration/probability', 'Sigmoid', ['calibration/logit']),
    node('probability', 'Identity', ['calibration/probability']),
  );
  return encodeSavedModelMessage({
    nodes,
    inputs: { features: { name: 'features:0', dtype: dataType.float, tensor_shape: shapeOf(-1, width) } },
    outputs: { probability: { name: 'probability:0', dtype: dataType.float, tensor_shape: shapeOf(-1, 1) } },
  });
}

/** Every operation here but the placeholder and the constants has one type attribute, `T`. */
function node(name: string, op: string, input: string[], attr?: Record<string, Attribute>): GraphNode {
  return { name, op, input, attr: op === 'Placeholder' ? { ...attr } : { T: { type: dataType.float }, ...attr } };
}

function constant(name: string, values: Float32Array, dimensions: number[]): GraphNode {
  return constantOf(name, dataType.float, littleEndian(values), dimensions);
}

function flags(name: string, values: readonly boolean[]): GraphNode {
  return constantOf(name, dataType.bool, Uint8Array.from(values, Number), [values.length]);
}

function constantOf(name: string, dtype: number, content: Uint8Array, dimensions: number[]): GraphNode {
  const tensor = { dtype, tensor_shape: shapeOf(...dimensions), tensor_content: content };
  return { name, op: 'Const', input: [], attr: { dtype: { type: dtype }, value: { tensor } } };
}

function shapeOf(...dimensions: number[]): Shape {
  return { dim: dimensions.map((size) => ({ size })) };
}
