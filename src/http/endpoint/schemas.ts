import Type from 'typebox';

const probability = Type.Number({ minimum: 0, maximum: 1, description: 'Probability of churn within the horizon.' });
const decile = Type.Integer({ minimum: 1, maximum: 10, description: 'Tenth of the release\'s probabilities; 10 is the highest.' });
const release = Type.String({ description: 'Week and revision that answered, such as 2011-W48.1.' });
const model = Type.String({ description: 'First 16 hex digits of the SHA-256 of the model.' });
const asOf = Type.String({ description: 'Nothing at or after this instant was looked at.' });
const horizonDays = Type.Integer({ description: 'Days that the probability looks ahead.' });

export const Prediction = Type.Object({ user: Type.String(), probability, decile, asOf, horizonDays, release, model });

export const PredictionPage = Type.Object({
  release,
  model,
  asOf,
  horizonDays,
  predictions: Type.Array(Type.Object({ user: Type.String(), probability, decile })),
  next: Type.Union([Type.String(), Type.Null()], { description: 'Cursor of the next page; null when everybody was listed. A page may be short, even empty, and still have a next one.' }),
});

export const ModelFacts = Type.Object({
  release,
  model,
  modelVersion: Type.String(),
  recipe: Type.String(),
  outcome: Type.String({ description: 'How the gate decided about the week\'s own model; when it was not accepted, an earlier one serves.' }),
  finality: Type.Union([Type.Literal('final'), Type.Literal('provisional')], { description: 'Provisional while days that were read may still change; the release is then made final, or followed by one that is.' }),
  asOf,
  horizonDays,
  featureListVersion: Type.Integer(),
  scored: Type.Integer({ description: 'People with a prediction.' }),
  kinds: Type.Array(Type.Integer(), { description: 'People of kind 1 to 4.' }),
  gateReport: Type.String({ description: 'SHA-256 of the report with every number behind the outcome.' }),
});

export const WeekParams = Type.Object({
  property: Type.String(),
  week: Type.String({ description: 'An ISO week such as 2011-W48, or `current` for the latest that is live.' }),
});

export const UserParams = Type.Object({ ...WeekParams.properties, user: Type.String() });

export const maximumPage = 1000;

export const PageQuery = Type.Object({
  minProbability: Type.Number({ minimum: 0, maximum: 1, default: 0 }),
  limit: Type.Integer({ minimum: 1, maximum: maximumPage, default: 100 }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
}, { additionalProperties: false });

export const ReleaseHeader = Type.Object({
  'almanac-release': Type.Optional(Type.String({ description: 'Reaches a staged release such as 2011-W48.2 before it is live.' })),
});
