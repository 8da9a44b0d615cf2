"""Does the analysis of chains measure what people labelled?"""
