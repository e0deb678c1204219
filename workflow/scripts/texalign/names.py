"""The names of everything that can be chosen, with a line on each.

Standard library only: the schema, `--help` and the docs' tables are filled from here, so that a name is written once.
What a name stands for is looked up in the registry of its package, and a test holds the two together.
"""

from collections.abc import Mapping, Sequence

Names = Mapping[str, str]

SOURCES: Names = {
    "torchvision": "a model of torchvision, by its name there",
    "timm": "a model of timm, by its name there",
    "open_clip": "the image tower of a model of open_clip, by the name of its config there",
    "huggingface": "a model of transformers, by its type there, its config as arguments",
    "pytorchcv": "a model of pytorchcv, by its name there; BagNets among them",
    "python": "any importable callable that returns a torch module, as module:name",
    "handmade": "a front end without training: pixels, gabor, steerable_pyramid",
}
FITS: Names = {
    "squash": "resized to the square, aspect ratio not kept (the paper's)",
    "crop": "the middle square, as large as the image's shorter edge, resized",
}
ACTIVATIONS: Names = {
    "after_relu": "the map after the nonlinearity that follows the tapped module (the paper's)",
    "before_relu": "what the tapped module itself puts out",
}
MAPS: Names = {
    "channels_first": "outputs are (images, channels, height, width)",
    "channels_last": "outputs are (images, height, width, channels)",
    "tokens": "outputs are (images, tokens, channels), row by row; tokens+N where the first N stand for no place",
    "vector": "outputs are (images, channels), which counts as one position",
}
PRECISIONS: Names = {
    "float32": "single precision throughout",
    "mixed": "convolutions in half precision, all after them in single; its error is measured, and refused if large",
}
REPRESENTATIONS: Names = {
    "mean": "mean of each channel: global average pooling",
    "diagonal": "energy of each channel: the diagonal of the Gram matrix",
    "mean_std": "mean and standard deviation of each channel (Huang and Belongie 2017)",
    "covariance": "products of channels about their means: Gram matrices without the means",
    "correlation": "correlations of channels",
    "gram": "Gram matrices: products of channels, summed over positions (the paper's)",
    "gaussian": "mean and matrix square root of the covariance (Vacher et al. 2020)",
    "gram_shifted": "Gram matrices, also at spatial shifts (Berger and Memisevic 2017)",
    "sliced_wasserstein": "quantiles along seeded directions (Heitz et al. 2021)",
    "spectrum": "power spectrum of each channel in rings and sectors",
}
DISSIMILARITIES: Names = {
    "euclidean": "Euclidean distance of the representations",
    "cosine": "1 - cosine of the angle between the representations",
}
PROTOCOLS: Names = {
    "unit": "Euclidean distances of the vectors scaled to length 1",
    "raw": "Euclidean distances of the vectors as they are (the paper's text)",
    "rdm_rows": "Euclidean distances between the rows of the Euclidean RDM (the published script)",
    "unit_rows": "Euclidean distances between the rows of the cosine RDM",
}
# The protocol that is primary because it shows the paper's findings, which is a choice made on data. A study may put
# another one first.
CHOSEN_ON_DATA = "unit"
# What protocols were called when Gram matrices were the only representation.
OLD_PROTOCOLS: Mapping[str, str] = {"unit_gram": "unit", "gram": "raw"}
MEASURES: Names = {
    "mi_nsb_bits": "mutual information of class and cluster, corrected by NSB (the paper's), bits",
    "mi_plugin_bits": "mutual information of the observed frequencies, bits",
    "mi_miller_madow_bits": "mutual information with Miller's correction, bits",
    "mi_of_ceiling": "mi_nsb_bits over the smaller of H(class) and H(cluster)",
    "ami": "mutual information adjusted for chance (scikit-learn)",
    "nmi": "mutual information over the mean of both entropies (scikit-learn); equal to V-measure",
    "ari": "Rand index adjusted for chance (scikit-learn)",
    "vi_nsb_bits": "variation of information, H(class) + H(cluster) - 2 mi_nsb_bits; less is better",
}
PROBES: Names = {
    "knn_accuracy": "share of images whose nearest others vote for their class",
    "linear_accuracy": "share of images whose class a linear classifier of the others predicts",
    "silhouette": "mean silhouette of the images with the classes for clusters",
    "class_model_spearman": "Spearman's correlation of distances with the class model",
    "class_model_tau_a": "Kendall's tau-a of distances with the class model",
    "class_model_auc": "probability that images of different classes are farther apart than images of one",
}
# Measures, probes and agreements of which less is better.
LOWER_IS_BETTER: frozenset[str] = frozenset({"vi_nsb_bits"})
# By what layers can be chosen, and the table of those that the table of mutual information lacks.
CRITERIA: Names = {**MEASURES, **PROBES}
CRITERION_TABLES: Mapping[str, str] = dict.fromkeys(PROBES, "probes")
# Columns of the tables of mutual information and of probes that the figures of representations show.
LADDER_MEASURES: Sequence[str] = ("mi_nsb_bits", "knn_accuracy", "linear_accuracy", "class_model_auc")
CLASSIFIERS: Names = {
    "svm_signed_roots": "linear SVMs, one class against the others, on signed square roots of unit length (B-CNN)",
    "logistic": "multinomial logistic regression, its penalty chosen on validation images",
}
AGGREGATES: Names = {
    "leaderboard": "as exported, where a benchmark that was not taken counts as zero",
    "common_benchmarks": "means over benchmarks that all networks of the study have taken",
    "nanmean": "means over those benchmarks that each network has taken",
    "per_benchmark": "every single benchmark for itself",
}
SCORE_FORMATS: Names = {
    "table": "a column `model` of ids, each once, and a column a benchmark",
    "leaderboard": "an export of Brain-Score's vision leaderboard",
}
DUPLICATES: Names = {
    "refuse": "an id that is listed twice is an error",
    "first": "the first row of the file counts",
    "highest_average": "the row with the highest average_vision counts (the published analysis' rule)",
}
JOINS: Names = {
    "id": "scores and networks are paired by id",
    "positional_published": "as the published script pairs two tables by position, wrong for four of its networks",
}
LAYER_RULES: Names = {
    "best": "the layer with the highest criterion (the paper's)",
    "last": "the last layer tapped",
    "mean": "the mean over the layers tapped",
}
STATISTICS: Names = {
    "pearson": "Pearson's correlation",
    "spearman": "Spearman's rank correlation",
}
MATCHES: Names = {
    "same_weights": "the model that was scored has the same weights",
    "same_architecture": "the same architecture with other weights, or with weights that Brain-Score does not tell",
    "relative": "a relative of the network",
    "untrained": "the same architecture without training, for a network with random weights",
}
WEIGHTINGS: Names = {
    "paper": "1/(4 N^2 m) for N channels and m positions (the paper's; for Gram matrices)",
    "gatys": "1/(4 N^2 m^2) (Gatys et al. 2015; for Gram matrices)",
    "relative": "1/|v|^2 of the exemplar's vector v: all layers weigh the same",
}
# Weightings that were derived for Gram matrices, and are refused for other representations.
GRAM_WEIGHTINGS = ("paper", "gatys")
PARAMETRIZATIONS: Names = {
    "sigmoid": "pixels are a sigmoid of free values",
    "projected": "pixels are projected onto their range",
    "published": "pixels without bounds, clipped only on saving",
}
EVIDENCE: Names = {
    "labels": "the study's own classes",
    "joint_labels": "several labels an image, in the format of DTD's labels_joint_anno.txt",
    "descriptions": "free descriptions by several people, in DTD2's JSON",
    "rdm": "dissimilarities, one RDM or one an observer: .npz, .csv, .tsv or HDF5",
    "triplets": "choices: which of two is closer to a reference, or which of three is the odd one out",
    "scales": "ratings on scales, by one observer or several",
}
# Of evidence of each kind, the agreement over all pairs or trials that the figures of representations show.
LADDER_AGREEMENT: Mapping[str, str] = dict.fromkeys(EVIDENCE, "spearman") | {"triplets": "majority"}
AGREEMENT_SCOPES: Names = {
    "all": "all pairs of images, or all trials",
    "within_classes": "pairs of images of one class",
    "class_means": "pairs of classes, by mean dissimilarity",
    "same_class": "trials that the classes of their images leave open",
}
AGREEMENT_MEASURES: Names = {
    "spearman": "Spearman's rank correlation with people's dissimilarities",
    "tau_a": "Kendall's tau-a with people's dissimilarities",
    "spearman_given_classes": "Spearman's partial correlation, given the class model",
    "majority": "share of trials in which the nearest pair is the majority's choice",
    "votes": "share of people who choose the nearest pair",
    "soft": "mean probability of people's choices, of choices that soften with distance",
}
PRESENTATIONS: Names = {
    "together": "all three intervals at once",
    "in_turn": "one interval after the other",
}
