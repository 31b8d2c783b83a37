// How whole numbers are decoded that JavaScript's own numbers cannot hold, the same for all serializers.

/** Whether whole numbers beyond 2^53 come as BigInt, which takes longer to decode, or lose their last digits. */
export type Numbers = 'plain' | 'exact';
