/** Parts of the world that data may have to stay in (contract 5). */
export const GEO_REGIONS = ["eu", "us"] as const;
export type GeoRegion = (typeof GEO_REGIONS)[number];

/**
 * Regions of clouds that lie in one, as the clouds call them, read 2026-11-25. London and Zurich are not in the European Union, whatever
 * their names begin with. https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 * https://cloud.google.com/compute/docs/regions-zones https://learn.microsoft.com/en-us/azure/reliability/regions-list
 */
const IN_EU = new Set([
  "eu-central-1",
  "eu-north-1",
  "eu-south-1",
  "eu-south-2",
  "eu-west-1",
  "eu-west-3",
  "europe-central2",
  "europe-north1",
  "europe-north2",
  "europe-southwest1",
  "europe-west1",
  "europe-west3",
  "europe-west4",
  "europe-west8",
  "europe-west9",
  "europe-west10",
  "europe-west12",
  "austriaeast",
  "belgiumcentral",
  "denmarkeast",
  "francecentral",
  "germanywestcentral",
  "italynorth",
  "northeurope",
  "polandcentral",
  "spaincentral",
  "swedencentral",
  "westeurope",
]);

const IN_US = new Set([
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
  "us-central1",
  "us-east1",
  "us-east4",
  "us-east5",
  "us-south1",
  "us-west1",
  "us-west2",
  "us-west3",
  "us-west4",
  "centralus",
  "eastus",
  "eastus2",
  "northcentralus",
  "southcentralus",
  "westcentralus",
  "westus",
  "westus2",
  "westus3",
]);

/** The part of the world that a cloud's region lies in; `undefined` for one that nobody listed. */
export function geoOf(region: string): GeoRegion | undefined {
  if (IN_EU.has(region)) return "eu";
  return IN_US.has(region) ? "us" : undefined;
}
